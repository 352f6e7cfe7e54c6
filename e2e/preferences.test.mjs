// Theme and language.

import assert from "node:assert/strict";
import { test } from "node:test";
import { messages, press, visit } from "./browser.mjs";

test("a dark theme and German take effect at once and on every page after", async (t) => {
  const page = await visit(t);
  await page.goto("/preferences");
  const light = await background(page);
  await page.getByLabel("Dark").check();
  await page.getByLabel("Language").selectOption("de");
  await press(page, "Save");
  assert.deepEqual(await messages(page), ["Ihre Einstellungen sind gespeichert."]);

  for (const path of ["/", "/cart", "/preferences"]) {
    await page.goto(path);
    assert.equal(await page.locator("html").getAttribute("lang"), "de", path);
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark", path);
    assert.ok(await page.getByRole("link", { name: "Warenkorb" }).isVisible(), path);
  }
  assert.notEqual(await background(page), light);
  assert.ok(await page.getByLabel("Dunkel").isChecked());
});

test("every language changes what the pages say", async (t) => {
  const page = await visit(t);
  const carts = { en: "Cart", hi: "कार्ट", ko: "장바구니", de: "Warenkorb" };
  for (const [code, cart] of Object.entries(carts)) {
    await page.goto("/preferences");
    await page.locator("select[name=language]").selectOption(code);
    await page.getByRole("main").getByRole("button").click();
    await page.locator(`html[lang=${code}]`).waitFor();
    assert.ok(await page.getByRole("link", { name: cart }).isVisible(), code);
  }
});

test("a theme that does not exist is refused", async (t) => {
  const page = await visit(t);
  await page.goto("/preferences");
  await page.getByLabel("Dark").evaluate((option) => (option.value = "plaid"));
  await page.getByLabel("Dark").check();
  assert.equal((await press(page, "Save")).status(), 422);
  assert.match(await page.getByRole("alert").innerText(), /Choose light or dark/);
  await page.goto("/");
  assert.notEqual(await page.locator("html").getAttribute("data-theme"), "plaid");
});

function background(page) {
  return page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
}
