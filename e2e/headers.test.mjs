// What the browser refuses for the shop.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { visit } from "./browser.mjs";
import { SHOP } from "./client.mjs";

/** Opens another site on this machine, which shows this page. */
async function otherSite(t, html) {
  const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(html));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

test("a script or a style that somebody got into a page does not apply", async (t) => {
  const page = await visit(t);
  await page.goto("/");
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'taken over'";
    const style = document.createElement("style");
    style.textContent = "body { display: none }";
    document.body.append(script, style);
  });
  assert.doesNotMatch(await page.title(), /taken over/);
  assert.ok(await page.getByRole("main").isVisible());
});

test("no other site can show the shop in a frame, or hold on to its window", async (t) => {
  const page = await visit(t);
  await page.goto(await otherSite(t, `<iframe src="${SHOP}/login"></iframe><a href="${SHOP}/" target="shop">shop</a>`));
  const framed = page.frames().at(-1);
  assert.equal(await framed.getByRole("button", { name: "Sign in" }).count(), 0);
  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: "shop" }).click();
  const shop = await opened;
  await shop.waitForLoadState();
  assert.equal(await shop.evaluate(() => window.opener), null);
});

test("no other site can load the shop's files", async (t) => {
  const page = await visit(t);
  const site = await otherSite(t, `<img src="${SHOP}/static/mark.svg">`);
  await page.goto(site);
  assert.equal(await page.locator("img").evaluate((image) => image.naturalWidth), 0);
});
