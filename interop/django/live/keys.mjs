// The secret key changes on one side before it changes on the other.

import assert from "node:assert/strict";
import { KEY, STAND_IN } from "./sides.mjs";
import { Visitor } from "./visitor.mjs";
import { Walk } from "./walk.mjs";

const NEW = "newer-only-for-tests-9876543210-zyxwvutsrqponmlkjihgfedcba";

/** As Django's documentation has it: the new key is known everywhere before anybody signs with it. */
export async function rotated(t, site) {
  const walk = new Walk(new Visitor(site.url), { seed: 5 });
  await walk.go(10);
  const known = { key: KEY, fallbacks: [NEW] };
  const first = { key: NEW, fallbacks: [KEY] };
  const steps = [
    { rust: known },
    { django: first },
    { rust: first },
    { rust: { key: NEW } },
    { django: { key: NEW } },
  ];
  for (const step of steps) {
    for (const [side, settings] of Object.entries(step)) await site.change(side, settings);
    await walk.go(6);
  }
  await site.change("django", {});
  await site.change("rust", {});
}

/** Whoever can't read a session leaves it as it is. */
export async function rotatedTooEarly(t, site) {
  await site.change("django", { key: NEW, fallbacks: [KEY] });
  const visitor = new Visitor(site.url);
  const page = await visitor.open("django", "/products/1");
  await visitor.submit("django", page.asking("quantity"), { quantity: "3" });
  const cookies = new Map(visitor.cookies);
  for (const path of ["/", "/cart", "/api/cart", "/preferences"]) {
    assert.equal((await visitor.open("rust", path)).status, 200, path);
  }
  // Django itself writes an empty session over a cookie whose signature it can't verify.
  if (site.name === "signed_cookies" && STAND_IN) visitor.cookies = cookies;
  assert.equal(visitor.cookies.get("sessionid"), cookies.get("sessionid"), "the ticket is kept");
  assert.equal((await visitor.open("django", "/cart")).cartCount, 3);
  await site.change("django", {});
}
