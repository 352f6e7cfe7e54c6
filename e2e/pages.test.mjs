// What is true of every page, and of every cookie that they set.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cookie, press, putCookie, signIn, visit } from "./browser.mjs";

const PAGES = ["/", "/?page=2", "/products/1", "/products/1000", "/cart", "/preferences", "/login", "/posts", "/posts/new"];

test("no page has anything to complain of in the console", async (t) => {
  const page = await visit(t);
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.url()}: ${response.status()}`);
  });
  for (const path of PAGES) await page.goto(path);
  await signIn(page);
  for (const path of PAGES) await page.goto(path);
  assert.deepEqual(complaints, []);
});

for (const language of ["en", "de"]) {
  test(`no page scrolls sideways on a screen of 360 pixels (${language})`, async (t) => {
    const page = await visit(t, { viewport: { width: 360, height: 740 } });
    await page.goto("/preferences");
    await page.getByLabel("Language").selectOption(language);
    await press(page, "Save");
    await page.goto("/products/1");
    await page.locator("button[data-added]").first().click();
    await page.locator("[data-cart-count]", { hasText: "1" }).waitFor();
    for (const path of [...PAGES, "/nothing-here"]) {
      await page.goto(path);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 360, `${path} is ${width} pixels wide`);
    }
  });
}

test("every field has a label", async (t) => {
  const page = await visit(t);
  for (const path of PAGES) {
    await page.goto(path);
    const nameless = await page.locator("input:not([type=hidden]), select, textarea").evaluateAll((fields) =>
      fields.filter((field) => field.labels.length === 0).map((field) => field.name),
    );
    assert.deepEqual(nameless, [], path);
  }
});

test("an address that leads nowhere is a page of the shop with status 404", async (t) => {
  const page = await visit(t);
  for (const path of ["/nothing-here", "/products/1001", "/products/0"]) {
    assert.equal((await page.goto(path)).status(), 404, path);
    assert.ok(await page.getByRole("navigation", { name: "Main menu" }).isVisible(), path);
  }
});

test("scripts can't read the ticket, and other sites can't send it along", async (t) => {
  const page = await visit(t);
  await page.goto("/products/1");
  const { httpOnly, sameSite, path } = await cookie(page, "sessionid");
  assert.deepEqual({ httpOnly, sameSite, path }, { httpOnly: true, sameSite: "Lax", path: "/" });
  const visible = await page.evaluate(() => document.cookie);
  assert.doesNotMatch(visible, /sessionid|messages/);
});

test("visits are counted in a plain cookie for 30 days", async (t) => {
  const page = await visit(t);
  for (const visits of ["1", "2"]) {
    await page.goto("/");
    const visited = await cookie(page, "visited");
    assert.equal(visited.value, visits);
    assert.deepEqual([visited.httpOnly, visited.sameSite], [true, "Lax"]);
    const days = (visited.expires - Date.now() / 1000) / (24 * 60 * 60);
    assert.ok(days > 29 && days < 31, `it stays for ${days} days`);
  }
});

test("a guest who only looks around gets no session", async (t) => {
  const page = await visit(t);
  for (const path of ["/", "/cart", "/preferences", "/login", "/posts"]) {
    await page.goto(path);
    assert.equal(await cookie(page, "sessionid"), undefined, path);
  }
});

test("a damaged ticket gives a normal page and is cleared", async (t) => {
  const page = await visit(t);
  for (const damage of ["nonsense", "A".repeat(44), "A".repeat(3000), "%00%ff"]) {
    await putCookie(page, "sessionid", damage);
    assert.equal((await page.goto("/")).status(), 200, damage);
    assert.equal(await cookie(page, "sessionid"), undefined, damage);
  }
});
