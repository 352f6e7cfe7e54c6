// Signing in and out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cookie, isSignedIn, messages, press, putCookie, signIn, visit } from "./browser.mjs";
import { PASSWORD } from "./client.mjs";

const DAY = 24 * 60 * 60;

async function signOut(page) {
  const loaded = page.waitForEvent("load");
  await page.getByRole("button", { name: "Sign out" }).click();
  await loaded;
}

test("a guest signs in, keeps the cart and gets a new ticket", async (t) => {
  const page = await visit(t);
  await page.goto("/products/4");
  await page.getByRole("button", { name: "Add to cart" }).click();
  await page.getByRole("link", { name: "Cart 1" }).waitFor();
  const before = await cookie(page, "sessionid");

  assert.equal((await signIn(page)).status(), 200);
  assert.deepEqual(await messages(page), ["Welcome, demo."]);
  assert.ok(await isSignedIn(page));
  assert.ok(await page.getByRole("link", { name: "Cart 1" }).isVisible());
  assert.notEqual((await cookie(page, "sessionid")).value, before.value);
});

test("a ticket from before the sign-in does not become that of somebody signed in", async (t) => {
  const page = await visit(t);
  await page.goto("/products/4");
  const before = await cookie(page, "sessionid");
  await signIn(page);

  const thief = await visit(t);
  await putCookie(thief, "sessionid", before.value);
  await thief.goto("/");
  assert.equal(await isSignedIn(thief), false);
});

test("a wrong password is answered 422 with the problem on top and the name kept", async (t) => {
  const page = await visit(t);
  const answer = await signIn(page, { password: "not this one" });
  assert.equal(answer.status(), 422);
  const summary = page.getByRole("alert", { name: "There is a problem" });
  assert.match(await summary.innerText(), /That name and password don't go together/);
  assert.match(await page.title(), /^Error/);
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "demo");
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  assert.equal(await isSignedIn(page), false);

  await page.getByLabel("Password").fill(PASSWORD);
  await press(page, "Sign in");
  assert.ok(await isSignedIn(page));
});

test("signing out empties the account, and the old ticket opens nothing any more", async (t) => {
  const page = await visit(t);
  await signIn(page);
  const old = await cookie(page, "sessionid");
  await signOut(page);
  assert.deepEqual(await messages(page), ["You are signed out. See you soon."]);
  assert.equal(await isSignedIn(page), false);
  assert.notEqual((await cookie(page, "sessionid"))?.value, old.value);

  await putCookie(page, "sessionid", old.value);
  assert.equal((await page.goto("/cart")).status(), 200);
  assert.equal(await isSignedIn(page), false);
  assert.ok(await page.getByRole("heading", { name: "Your cart is empty" }).isVisible());
});

test("without `remember` the ticket goes with the browser", async (t) => {
  const page = await visit(t);
  await signIn(page, { remember: false });
  assert.equal((await cookie(page, "sessionid")).expires, -1);
});

test("with `remember` the ticket stays for 30 days", async (t) => {
  const page = await visit(t);
  await signIn(page, { remember: true });
  const lasts = (await cookie(page, "sessionid")).expires - Date.now() / 1000;
  assert.ok(lasts > 29 * DAY && lasts < 31 * DAY, `it stays for ${(lasts / DAY).toFixed(1)} days`);
});
