// The dashboard as staff use it: what they see, what they end, and what they may not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSignedIn, signIn, visit } from "./browser.mjs";
import { emptyFolder, openShop } from "./own_shop.mjs";
import { picture, violations } from "./axe.mjs";
import { goOn } from "./wizard.mjs";

const HTML = `<img src=x onerror="document.title='taken over'">`;

/** A shop of the test's own, with somebody in it whose session holds HTML. */
async function shopWithVisitor(t) {
  const shop = await openShop(t, await emptyFolder(t));
  const visitor = await visit(t, { baseURL: shop.url, userAgent: `${HTML} Firefox/131.0` });
  await signIn(visitor);
  await visitor.goto("/register");
  await goOn(visitor, { "First name": HTML, "Last name": HTML, "Email address": "nobody" });
  return { shop, visitor };
}

/** Opens the dashboard as somebody who may see it. */
async function enter(t, shop, name, options = {}) {
  const page = await visit(t, { baseURL: shop.url, ...options });
  await signIn(page, { name });
  await page.goto("/ops/");
  return page;
}

/** Follows the list to the session of a user. */
async function toSessionOf(page, user) {
  await page.getByRole("link", { name: "Sessions" }).click();
  await page.getByLabel("User").fill(user);
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByRole("main").getByRole("cell").getByRole("link").first().click();
  await page.getByRole("heading", { name: "A session", level: 1 }).waitFor();
}

/** Presses a button of the dashboard and waits for the page that it leads to. */
async function act(page, name) {
  const loaded = page.waitForEvent("load");
  await page.getByRole("main").getByRole("button", { name }).click();
  await loaded;
}

/** What the audit log says, the newest first: who, where, what, which, how many. */
async function audit(page) {
  await page.goto("/ops/audit");
  const rows = await page.locator("tbody tr").all();
  return Promise.all(rows.map(async (row) => (await row.getByRole("cell").allInnerTexts()).slice(1)));
}

test("who is no staff finds no dashboard", async (t) => {
  const { shop, visitor } = await shopWithVisitor(t);
  const guest = await visit(t, { baseURL: shop.url });
  for (const page of [guest, visitor]) {
    for (const path of ["/ops/", "/ops/sessions", "/ops/audit", "/ops/live"]) {
      assert.equal((await page.goto(path)).status(), 404, path);
    }
  }
});

test("who may only look has no button, and what is sent anyway is refused", async (t) => {
  const { shop, visitor } = await shopWithVisitor(t);
  const trainee = await enter(t, shop, "trainee");
  await toSessionOf(trainee, "demo");
  assert.equal(await trainee.getByRole("main").getByRole("button").count(), 0);
  assert.equal(await trainee.getByText("hidden").count() > 0, true);
  const session = new URL(trainee.url()).pathname;
  await trainee.goto("/account");
  const csrfmiddlewaretoken = await trainee.locator("[name=csrfmiddlewaretoken]").first().inputValue();
  for (const path of [`${session}/reveal`, `${session}/revoke`, "/ops/revoke"]) {
    const form = { csrfmiddlewaretoken, user: "demo", told: "1" };
    assert.equal((await trainee.request.post(path, { form, maxRedirects: 0 })).status(), 403, path);
  }
  assert.ok(await isSignedIn((await visitor.goto("/"), visitor)));
});

test("values are shown when asked for, as text, and that is noted", async (t) => {
  const { shop } = await shopWithVisitor(t);
  const staff = await enter(t, shop, "staff");
  await toSessionOf(staff, "demo");
  assert.doesNotMatch(await staff.getByRole("main").innerText(), /onerror/);
  const handle = new URL(staff.url()).pathname.split("/").at(-1);
  await act(staff, "Show the values");
  assert.match(await staff.getByRole("main").innerText(), /<img src=x onerror=/);
  assert.equal(await staff.locator("main img").count(), 0);
  assert.doesNotMatch(await staff.title(), /taken over/);
  assert.deepEqual(await audit(staff), [["staff", "dashboard", "reveal", handle.slice(0, 12), "1"]]);
});

test("no act is done that comes without the page's token", async (t) => {
  const { shop, visitor } = await shopWithVisitor(t);
  const staff = await enter(t, shop, "staff");
  await toSessionOf(staff, "demo");
  const session = new URL(staff.url()).pathname;
  for (const path of [`${session}/reveal`, `${session}/revoke`, "/ops/revoke"]) {
    const form = { user: "demo", told: "1" };
    const answer = await staff.request.post(path, { form, maxRedirects: 0 });
    assert.equal(answer.status(), 403, path);
    assert.doesNotMatch(await answer.text(), /onerror/);
  }
  assert.deepEqual(await audit(staff), []);
  assert.ok(await isSignedIn((await visitor.goto("/"), visitor)));
});

test("a session is ended by one button, a user's after a page that says how many", async (t) => {
  const { shop, visitor } = await shopWithVisitor(t);
  const others = [await visit(t, { baseURL: shop.url }), await visit(t, { baseURL: shop.url })];
  for (const other of others) await signIn(other);
  const staff = await enter(t, shop, "staff");
  await toSessionOf(staff, "demo");
  const handle = new URL(staff.url()).pathname.split("/").at(-1);
  await act(staff, "Revoke this session");
  await staff.getByLabel("User").fill("demo");
  await act(staff, "Find");
  await act(staff, "Revoke what was found…");
  await staff.getByRole("heading", { name: "Revoke 2 sessions?" }).waitFor();
  await staff.getByRole("link", { name: "Leave them" }).click();
  await staff.getByLabel("User").fill("demo");
  await act(staff, "Find");
  await act(staff, "Revoke what was found…");
  await act(staff, "Revoke 2");
  assert.deepEqual(await audit(staff), [
    ["staff", "dashboard", "revoke", 'user "demo"', "2"],
    // What ends many is noted before, too.
    ["staff", "dashboard", "revoking", 'user "demo"', "2"],
    ["staff", "dashboard", "revoke", handle.slice(0, 12), "1"],
  ]);
  for (const page of [visitor, ...others]) assert.equal(await isSignedIn((await page.goto("/"), page)), false);
  assert.equal((await staff.goto("/ops/")).status(), 200);
});

test("the overview brings itself up to date, and is whole without a script", async (t) => {
  const { shop } = await shopWithVisitor(t);
  const plain = await visit(t, { baseURL: shop.url, javaScriptEnabled: false });
  await signIn(plain, { name: "trainee" });
  await plain.goto("/ops/");
  await plain.getByRole("img", { name: "Sessions" }).waitFor();

  const staff = await visit(t, { baseURL: shop.url });
  await signIn(staff, { name: "staff" });
  await staff.clock.install();
  await staff.goto("/ops/");
  const asked = staff.waitForResponse((response) => response.url().endsWith("/ops/live"));
  await staff.clock.fastForward(10_000);
  assert.equal((await asked).status(), 200);
  await staff.getByRole("img", { name: "Sessions" }).waitFor();
  const row = staff.getByRole("row").filter({ hasText: "register" }).first();
  assert.match(await row.innerText(), /register\s+info\s+\d+\s+1\s+0/);
});

for (const colorScheme of ["light", "dark"]) {
  for (const [width, height] of [
    [360, 740],
    [1280, 860],
  ]) {
    test(`every page of the dashboard is accessible and fits ${width} pixels, ${colorScheme}`, async (t) => {
      const { shop } = await shopWithVisitor(t);
      const page = await enter(t, shop, "staff", { colorScheme, viewport: { width, height } });
      const complaints = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      const look = async (name) => {
        assert.deepEqual(await violations(page), [], name);
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, name);
        await picture(page, `ops-${name}-${width}-${colorScheme}`);
      };
      await page.reload();
      await look("overview");
      await page.getByRole("link", { name: "Sessions" }).click();
      await look("sessions");
      await page.getByLabel("Older than").fill("ages");
      await act(page, "Find");
      await look("problem");
      await toSessionOf(page, "demo");
      await look("detail");
      await act(page, "Show the values");
      await look("revealed");
      await page.goto("/ops/sessions?device=Firefox");
      await act(page, "Revoke what was found…");
      await look("ask");
      await page.goto("/ops/audit");
      await look("audit");
      assert.deepEqual(complaints, []);
    });
  }
}
