// A visitor goes to and fro between the sides: never signed out, nothing lost, each message seen once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BrowserVisitor } from "./chromium.mjs";
import { isThere, openSite, STORES } from "./site.mjs";
import { Visitor } from "./visitor.mjs";
import { Walk } from "./walk.mjs";

const HOPS = Number(process.env.INTEROP_HOPS ?? 60);
const PLAIN_HOPS = 20;
/** A cookie can't grow as a table can. */
const ROOMY = Object.keys(STORES).filter((name) => name !== "signed_cookies");

test(`${HOPS} hops in one browser`, { timeout: 1_800_000 }, async (t) => {
  const site = await openSite(t, "sqlite");
  const walk = new Walk(await BrowserVisitor.of(t, site.url));
  await walk.go(HOPS);
  assert.ok(walk.isSignedIn && walk.count > 0);
  t.diagnostic(`${walk.hops} hops: ${JSON.stringify(walk.done)}`);
});

for (const name of Object.keys(STORES)) {
  test(`${PLAIN_HOPS} hops over ${name}`, { skip: !isThere(name) && "its server is not there" }, async (t) => {
    const site = await openSite(t, name);
    const without = ROOMY.includes(name) ? [] : ["pileUp"];
    await new Walk(new Visitor(site.url), { seed: name.length, without }).go(PLAIN_HOPS);
  });
}
