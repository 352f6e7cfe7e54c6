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
  await page.goto("/products/1");
  const steps = Array.from({ length: 80 }, (_, index) => (index % 2 === 0 ? "add" : "remove"));
  for (const step of steps) assert.equal(await postUnseen(page, `/cart/${step}/1`), 303);
  await page.goto("/cart");
  const said = await messages(page);
  const expected = steps.map((step) => (step === "add" ? "Added" : "Removed"));
  assert.deepEqual(said.map((text) => text.split(" ")[0]), expected);
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
