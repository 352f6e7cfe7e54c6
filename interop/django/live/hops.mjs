// A visitor goes to and fro between the sides: never signed out, nothing lost, each message seen once.

import assert from "node:assert/strict";
import { BrowserVisitor } from "./chromium.mjs";
import { Visitor } from "./visitor.mjs";
import { Walk } from "./walk.mjs";

export async function inABrowser(t, site, { hops }) {
  const walk = new Walk(await BrowserVisitor.of(t, site.url));
  await walk.go(hops);
  assert.ok(walk.isSignedIn && walk.count > 0);
  t.diagnostic(`${walk.hops} hops: ${JSON.stringify(walk.done)}`);
}

export async function byPlainRequests(t, site) {
  await hopsOf(site);
}

export async function hopsOf(site, hops = 20) {
  // A cookie can't grow as a table can.
  const without = site.name === "signed_cookies" ? ["pileUp"] : [];
  await new Walk(new Visitor(site.url), { seed: site.name.length, without }).go(hops);
}

/** As a site is set up that moves page by page: the path alone decides, and forms lead across. */
export async function byPathAlone(t, site) {
  const visitor = new Visitor(site.url);
  const product = await visitor.open("", "/products/3");
  const cart = await visitor.submit("", product.asking("quantity"), { quantity: "2" });
  assert.deepEqual([product.side, cart.side], ["django", "rust"]);
  assert.deepEqual(cart.messages, [`Added ${product.heading} to your cart.`]);
  const home = await visitor.open("", "/");
  assert.deepEqual([home.side, home.cartCount, home.messages], ["django", 2, []]);
}

/** Nobody gets in with a token of somebody else's making. */
export async function forgedForms(t, site) {
  const visitor = new Visitor(site.url);
  for (const side of ["django", "rust"]) {
    const { fields } = (await visitor.open(side, "/products/3")).asking("quantity");
    const form = { action: "/cart/add/3", fields };
    for (const forged of ["", "a".repeat(64), fields.csrfmiddlewaretoken.slice(1)]) {
      for (const other of ["django", "rust"]) {
        const status = await visitor.submitUnseen(other, form, { csrfmiddlewaretoken: forged });
        assert.equal(status, 403, `a forged token at ${other}`);
      }
    }
  }
  assert.equal((await visitor.open("django", "/cart")).cartCount, 0);
}
