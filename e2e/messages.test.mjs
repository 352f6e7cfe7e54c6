// Flash messages: said once, seen once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cookie, messages, postUnseen, press, putCookie, visit } from "./browser.mjs";

async function productName(page, id) {
  await page.goto(`/products/${id}`);
  return page.getByRole("heading", { level: 1 }).textContent();
}

async function writeNote(page, title, body = "As seen at the door.") {
  await page.goto("/posts/new");
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Text").fill(body);
  return press(page, "Pin it up");
}

test("a message is shown exactly once: not after a reload, not on the next page", async (t) => {
  const page = await visit(t);
  await page.goto("/preferences");
  await press(page, "Save");
  assert.deepEqual(await messages(page), ["Your preferences are saved."]);
  await page.reload();
  assert.deepEqual(await messages(page), []);
  await page.goto("/cart");
  assert.deepEqual(await messages(page), []);
});

test("what two posts said before any page was seen is shown in their order", async (t) => {
  const page = await visit(t);
  const [first, second] = [await productName(page, 1), await productName(page, 22)];
  assert.equal(await postUnseen(page, "/cart/add/1"), 303);
  assert.equal(await postUnseen(page, "/cart/add/22"), 303);
  await page.goto("/cart");
  assert.deepEqual(await messages(page), [first, second].map((name) => `Added ${name} to your cart.`));
  await page.reload();
  assert.deepEqual(await messages(page), []);
});

test("more messages than a cookie holds are all shown, in their order", async (t) => {
  const page = await visit(t);
  await page.goto("/posts/new");
  // Long and short by turns: a short one must not overtake a long one that found no room in the cookie.
  const titles = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? `No. ${index}` : `No. ${index} ${"x".repeat(100)}`));
  for (const title of titles) assert.equal(await postUnseen(page, "/posts/new", { title, body: "Long or short." }), 303);
  await page.goto("/cart");
  assert.deepEqual(await messages(page), titles.map((title) => `${title} post saved.`));
  await page.reload();
  assert.deepEqual(await messages(page), []);
});

test("what ten requests said at the same time is all shown, each message once", async (t) => {
  const page = await visit(t);
  await page.goto("/products/1");
  const posts = await page.evaluate(async () => {
    const body = new URLSearchParams({
      csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value,
    });
    const links = [...document.querySelectorAll(".dyes a")].slice(0, 10);
    const adding = links.map((link) => link.getAttribute("href").replace("/products/", "/cart/add/"));
    await Promise.all(adding.map((path) => fetch(path, { method: "POST", body, redirect: "manual" })));
    return adding.length;
  });
  assert.equal(posts, 10);
  await page.goto("/cart");
  const said = await messages(page);
  assert.equal(new Set(said).size, 10);
  assert.equal(said.length, 10);
  await page.reload();
  assert.deepEqual(await messages(page), []);
});

test("a note is acknowledged by its title", async (t) => {
  const page = await visit(t);
  await writeNote(page, "Hello");
  assert.deepEqual(await messages(page), ["Hello post saved."]);
  assert.ok(await page.getByRole("heading", { name: "Hello" }).first().isVisible());
});

test("markup in a message is shown as it was typed", async (t) => {
  const page = await visit(t);
  const title = `<b onclick="x()">Bold</b> & 'quoted' <script>document.title = "taken"</script>`;
  await writeNote(page, title);
  assert.deepEqual(await messages(page), [`${title} post saved.`]);
  assert.doesNotMatch(await page.title(), /taken/);
});

test("a damaged messages cookie gives a normal page and is cleared", async (t) => {
  const page = await visit(t);
  for (const damage of ["not-a-seal", "A".repeat(600), "%00%ff", '"']) {
    await putCookie(page, "messages", damage);
    const answer = await page.goto("/");
    assert.equal(answer.status(), 200, damage);
    assert.deepEqual(await messages(page), []);
    assert.equal(await cookie(page, "messages"), undefined, damage);
  }
});
