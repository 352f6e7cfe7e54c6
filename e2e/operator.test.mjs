// What whoever runs the shop relies on: how it stops, what survives that, and how it refuses a wrong set-up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "./client.mjs";
import { emptyFolder, openShop, startShop } from "./own_shop.mjs";

test("SIGTERM lets a request in flight finish, then the shop ends with code 0", async (t) => {
  const shop = await openShop(t, await emptyFolder(t));
  const visitor = new Client(shop.url);
  await visitor.open("/login");
  const finish = await visitor.slowPostJson("/api/cart", { product: 1, quantity: 1 });
  shop.stop();
  assert.equal((await finish()).statusCode, 200);
  assert.equal(await shop.ended, 0, shop.said.text);
});

test("a cart and a login survive a restart of the shop", async (t) => {
  const data = await emptyFolder(t);
  const before = await openShop(t, data);
  const visitor = new Client(before.url);
  await visitor.signIn();
  await visitor.post("/cart/add/7");
  before.stop();
  await before.ended;

  visitor.shop = (await openShop(t, data)).url;
  assert.deepEqual((await visitor.cart()).items, { 7: 1 });
  assert.equal(await visitor.isSignedIn(), true);
});

test("a shop with wrong settings names every one of them and ends with code 2", async (t) => {
  const secret = "too short";
  const settings = { CLOAKROOM_SECRET: secret, CLOAKROOM_STORE: "gopher://x", CLOAKROOM_MESSAGES: "pigeon" };
  const shop = startShop(t, { SHOP_DATA: await emptyFolder(t), SHOP_ADDR: "127.0.0.1:0", ...settings });
  assert.equal(await shop.ended, 2, shop.said.text);
  for (const name of Object.keys(settings)) assert.match(shop.said.text, new RegExp(name));
  assert.ok(!shop.said.text.includes(secret), "the secret is not printed");
});
