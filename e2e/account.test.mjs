// Two browsers as two devices of one person: both are seen on the account page, and either can end the other.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSignedIn, messages, press, signIn, visit } from "./browser.mjs";
import { emptyFolder, openShop } from "./own_shop.mjs";
import { picture, violations } from "./axe.mjs";

const LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";
const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
/** What is revoked may go on for so many milliseconds. */
const AT_ONCE = 1_000;

/** Two devices on which one person is signed in, each at its own node of one shop. */
async function twoDevices(t, nodes) {
  const laptop = await visit(t, { baseURL: nodes[0].url, userAgent: LAPTOP });
  const phone = await visit(t, { baseURL: nodes[1].url, userAgent: PHONE, viewport: { width: 360, height: 740 } });
  for (const device of [laptop, phone]) await signIn(device);
  return { laptop, phone };
}

/** Two nodes of a shop on one store, with the same keys. */
async function twoNodes(t) {
  const data = await emptyFolder(t);
  const first = await openShop(t, data);
  return [first, await openShop(t, data)];
}

/** The sessions that the account page lists, as texts. */
async function listed(page) {
  await page.goto("/account");
  return page.getByRole("main").getByRole("listitem").allInnerTexts();
}

/** Asserts that a device is signed out no later than it may be after `since`. */
async function assertOut(device, since) {
  await device.goto("/account");
  assert.match(device.url(), /\/login\?next=\/account$/);
  const took = Date.now() - since;
  assert.ok(took < AT_ONCE, `it took ${took} ms`);
  assert.equal(await isSignedIn(device), false);
}

test("a person sees both devices, this one marked, and signs one out from the other", async (t) => {
  const { laptop, phone } = await twoDevices(t, await twoNodes(t));
  const seen = await listed(laptop);
  assert.equal(seen.length, 2);
  assert.match(seen[0], /Firefox on Linux · This session/);
  assert.match(seen[1], /Safari on iPhone/);
  assert.match((await listed(phone))[0], /Safari on iPhone · This session/);

  const revoked = laptop.waitForResponse((response) => response.url().endsWith("/revoke"));
  const pressed = press(laptop, "Sign out there");
  await revoked;
  await assertOut(phone, Date.now());
  await pressed;
  assert.deepEqual(await messages(laptop), ["Signed out there."]);
  assert.equal((await listed(laptop)).length, 1);
});

test("everywhere else is signed out with the password alone, on every node at once", async (t) => {
  const nodes = await twoNodes(t);
  const { laptop, phone } = await twoDevices(t, nodes);
  const third = await visit(t, { baseURL: nodes[1].url });
  await signIn(third);
  await laptop.goto("/account");
  await laptop.getByLabel("Password").fill("guessed");
  assert.equal((await press(laptop, "Sign out everywhere else")).status(), 422);
  await laptop.getByRole("alert", { name: "There is a problem" }).waitFor();
  assert.ok(await isSignedIn((await phone.reload(), phone)));

  await laptop.getByLabel("Password").fill(process.env.SHOP_PASSWORD);
  const revoked = laptop.waitForResponse((response) => response.url().endsWith("/revoke-others"));
  const pressed = press(laptop, "Sign out everywhere else");
  await revoked;
  const since = Date.now();
  for (const device of [phone, third]) await assertOut(device, since);
  await pressed;
  assert.deepEqual(await messages(laptop), ["Signed out everywhere else."]);
  assert.ok(await isSignedIn(laptop));
  assert.equal((await listed(laptop)).length, 1);
  assert.equal(await laptop.getByRole("button", { name: "Sign out everywhere else" }).count(), 0);
});

test("a session that ends itself is signed out", async (t) => {
  const page = await visit(t, { userAgent: LAPTOP });
  await signIn(page);
  await page.goto("/account");
  const own = page.getByRole("listitem").filter({ hasText: "This session" });
  await Promise.all([page.waitForURL(/\/login/), own.getByRole("button", { name: "Sign out" }).click()]);
  assert.equal(await isSignedIn(page), false);
});

test("a device that calls itself HTML is text on the page of its person", async (t) => {
  const page = await visit(t, { userAgent: `<img src=x onerror="document.title='taken over'"> Firefox/131.0` });
  await signIn(page);
  await listed(page);
  assert.equal(await page.locator("main img").count(), 0);
  assert.doesNotMatch(await page.title(), /taken over/);
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [360, 1280]) {
    test(`the account page is accessible and fits ${width} pixels, ${colorScheme}`, async (t) => {
      const page = await visit(t, { userAgent: LAPTOP, colorScheme, viewport: { width, height: 800 } });
      const other = await visit(t, { userAgent: PHONE });
      for (const device of [page, other]) await signIn(device);
      await page.goto("/account");
      assert.deepEqual(await violations(page), []);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
      await picture(page, `account-${width}-${colorScheme}`);
      await page.getByLabel("Password").fill("guessed");
      await press(page, "Sign out everywhere else");
      assert.deepEqual(await violations(page), []);
    });
  }
}
