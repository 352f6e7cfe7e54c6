// The cart: with a browser, without its scripts, and as JSON.

import assert from "node:assert/strict";
import { test } from "node:test";
import { messages, press, visit } from "./browser.mjs";

/** Calls the shop as a script on this page would. */
function callFromPage(page, path, { method = "GET", token, body } = {}) {
  return page.evaluate(
    async ([path, method, token, body]) => {
      const field = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
      const headers = { "Content-Type": "application/json" };
      if (token) headers["X-CSRFToken"] = token === "the page's" ? field : token;
      const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
      const json = response.headers.get("content-type")?.startsWith("application/json");
      return { status: response.status, body: json ? await response.json() : await response.text() };
    },
    [path, method, token, body],
  );
}

/** The product of this name in the list on the page. */
function listed(page, name) {
  const heading = page.getByRole("heading", { name, exact: true });
  return page.getByRole("listitem").filter({ has: heading });
}

test("a guest fills a cart and sees what is in it", async (t) => {
  const page = await visit(t);
  await page.goto("/");
  const products = page.getByRole("main").getByRole("heading", { level: 2 });
  const chosen = (await products.allTextContents()).slice(0, 2);
  for (const name of chosen) {
    await listed(page, name).getByRole("button", { name: "Add to cart" }).click();
    await page.getByRole("status").filter({ hasText: `Added ${name} to your cart.` }).waitFor();
  }
  await page.getByRole("link", { name: "Cart 2" }).click();
  await page.getByRole("heading", { name: "Your cart" }).waitFor();
  const lines = page.getByRole("main").getByRole("listitem").getByRole("link");
  assert.deepEqual(await lines.allTextContents(), chosen);
});

test("with JavaScript switched off the cart works all the same", async (t) => {
  const page = await visit(t, { javaScriptEnabled: false });
  await page.goto("/products/3");
  const name = await page.getByRole("heading", { level: 1 }).textContent();
  await page.getByLabel("Quantity").fill("3");
  assert.equal((await press(page, "Add to cart")).status(), 200);
  assert.deepEqual(await messages(page), [`Added ${name} to your cart.`]);

  await page.getByRole("link", { name: "Cart 3" }).click();
  await press(page, /^One more/);
  await page.getByRole("link", { name: "Cart 4" }).click();
  await press(page, /^Remove/);
  assert.deepEqual(await messages(page), [`Removed ${name} from your cart.`]);
  await page.goto("/cart");
  assert.ok(await page.getByRole("heading", { name: "Your cart is empty" }).isVisible());
});

test("a cart can be emptied at once", async (t) => {
  const page = await visit(t, { javaScriptEnabled: false });
  for (const id of [1, 2]) {
    await page.goto(`/products/${id}`);
    await press(page, "Add to cart");
  }
  await page.goto("/cart");
  await press(page, "Empty the cart");
  assert.deepEqual(await messages(page), ["Your cart is empty again."]);
});

test("a script reads and fills the cart as JSON with the page's token, which it need not know of", async (t) => {
  const page = await visit(t);
  await page.goto("/");
  const empty = { status: 200, body: { items: {}, count: 0 } };
  assert.deepEqual(await callFromPage(page, "/api/cart"), empty);

  const order = { method: "POST", token: "the page's", body: { product: 1, quantity: 2 } };
  const filled = { status: 200, body: { items: { 1: 2 }, count: 2 } };
  assert.deepEqual(await callFromPage(page, "/api/cart", order), filled);
  assert.deepEqual(await callFromPage(page, "/api/cart"), filled);
  const more = await callFromPage(page, "/api/cart", { ...order, token: undefined });
  assert.deepEqual(more, { status: 200, body: { items: { 1: 4 }, count: 4 } });
});

test("a script without the right token is refused and the cart stays as it is", async (t) => {
  const page = await visit(t);
  await page.goto("/");
  const data = { product: 1, quantity: 2 };
  for (const token of ["A".repeat(64), "no token"]) {
    const answer = await callFromPage(page, "/api/cart", { method: "POST", token, body: data });
    assert.equal(answer.status, 403, `token: ${token}`);
    assert.equal(typeof answer.body.error, "string");
  }
  const without = await page.request.post("/api/cart", { data });
  assert.equal(without.status(), 403);
  assert.equal(typeof (await without.json()).error, "string");
  assert.equal((await callFromPage(page, "/api/cart")).body.count, 0);
});

test("a form without its token is refused with a page that says why", async (t) => {
  const page = await visit(t);
  await page.goto("/products/1");
  await page.locator("[name=csrfmiddlewaretoken]").evaluateAll((fields) => fields.forEach((field) => field.remove()));
  const answer = page.waitForResponse((response) => response.request().isNavigationRequest());
  await page.getByRole("main").locator("form").evaluate((form) => form.submit());
  assert.equal((await answer).status(), 403);
  await page.waitForLoadState();
  assert.ok((await page.locator("body").innerText()).length > 40, "the page explains");
});

test("recently viewed names at most 10 products, the newest first", async (t) => {
  const page = await visit(t);
  const seen = async () => {
    await page.goto("/");
    const links = page.getByRole("region", { name: "Recently viewed" }).getByRole("link");
    return links.evaluateAll((links) => links.map((link) => Number(link.pathname.split("/").pop())));
  };
  for (let id = 1; id <= 12; id++) await page.goto(`/products/${id}`);
  assert.deepEqual(await seen(), [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  await page.goto("/products/5");
  assert.deepEqual(await seen(), [5, 12, 11, 10, 9, 8, 7, 6, 4, 3]);
});
