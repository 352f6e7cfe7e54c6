// The races that a busy visitor, or a thief with an old ticket, could win in a worse shop.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addInParallel, raceLogout } from "./crowd.mjs";

test("64 parallel adds to one cart are all in it", async () => {
  assert.equal(await addInParallel(10), 0);
});

test("a write that races a logout does not bring the session back", async () => {
  const { back, overtaken } = await raceLogout(50);
  assert.equal(back, 0);
  assert.ok(overtaken > 0, "at least one write was overtaken by its logout");
});
