// Each side's own sweeping leaves the living sessions of both alone.

import assert from "node:assert/strict";
import { cloakroom, manage, STAND_IN } from "./sides.mjs";
import { Visitor } from "./visitor.mjs";

const EXPIRED = 5;

/** Where there is something to sweep. */
export const SWEPT = ["sqlite", "postgres", "mysql", "file", "cached_db"];

export async function clearing(t, { url, settings }, own = {}) {
  const site = { url, settings: { ...settings, ...own } };
  const visitors = [await withACart(site, "django"), await withACart(site, "rust")];
  const sweeps = {
    "Django's clearsessions": () => manage(site.settings, "clearsessions"),
    "cloakroom clearsessions": () => (STAND_IN ? manage(site.settings, "clearsessions") : cloakroom(site.settings, "clearsessions")),
  };
  for (const [name, sweep] of Object.entries(sweeps)) {
    const before = await kept(site, 0);
    assert.equal(await kept(site, EXPIRED), before + EXPIRED, "expired ones were left");
    await sweep();
    assert.equal(await kept(site, 0), before, `${name} takes the expired and no others`);
    for (const visitor of visitors) {
      for (const side of ["django", "rust"]) {
        assert.equal((await visitor.open(side, "/cart")).cartCount, 2, `a cart at ${side} after ${name}`);
      }
    }
  }
}

/** Leaves so many expired sessions; returns how many there are of all kinds. */
async function kept(site, expired) {
  return Number(await manage(site.settings, "expired_sessions", String(expired)));
}

async function withACart(site, side) {
  const visitor = new Visitor(site.url);
  const page = await visitor.open(side, "/products/1");
  await visitor.submit(side, page.asking("quantity"), { quantity: "2" });
  return visitor;
}
