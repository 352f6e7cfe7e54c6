// What a wizard's visitor sees when something is in the way: answers that can't be kept, a shop that is killed, an end that is over.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { press, visit } from "./browser.mjs";
import { look } from "./look.mjs";
import { emptyFolder, openShop } from "./own_shop.mjs";
import { PDF, SAVE, choose, eachWay, goOn, handedIn, heading } from "./wizard.mjs";

const LOCK = `
import sqlite3, sys
drafts = sqlite3.connect(sys.argv[1], isolation_level=None)
drafts.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
`;

/** Lets nobody write into a shop's drafts, until what it returns is called. */
async function lockDrafts(t, data) {
  const python = spawn("python3", ["-c", LOCK, join(data, "drafts.db")], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => python.kill("SIGKILL"));
  const [said] = await once(python.stdout, "data");
  assert.equal(`${said}`.trim(), "locked");
  return async () => {
    python.stdin.end();
    await once(python, "exit");
  };
}

eachWay("what can't be kept just now stays on its page, and is sent again", async (t, options) => {
  const data = await emptyFolder(t);
  const shop = await openShop(t, data);
  const page = await visit(t, { ...options, baseURL: shop.url });
  await page.goto("/documents/new");
  await goOn(page, { "Title of the document": "Receipt" });
  await press(page, /^Back$/);
  const unlock = await lockDrafts(t, data);
  assert.equal(await goOn(page, { "Title of the document": "Receipt for a coat" }), 503);
  await page.getByRole("status").getByText("We could not keep this just now.").waitFor();
  assert.equal(await page.getByLabel("Title of the document").inputValue(), "Receipt for a coat");
  if (options.javaScriptEnabled) await look(page, "documents: not kept");
  await unlock();
  assert.equal(await goOn(page, {}), 200);
  assert.equal(await heading(page), "Your file");
  const lockAgain = await lockDrafts(t, data);
  await choose(page, PDF);
  assert.equal(await goOn(page, {}), 503);
  if (options.javaScriptEnabled) await look(page, "documents: not kept, with a file");
  await lockAgain();
  await choose(page, PDF);
  await goOn(page, {});
  await press(page, "Send");
  assert.deepEqual(await handedIn(page), ["Receipt for a coat"]);
});

eachWay("a shop that is killed between any two pages loses nothing", async (t, options) => {
  const data = await emptyFolder(t);
  let shop = await openShop(t, data);
  const page = await visit(t, options);
  const pages = [
    () => goOn(page, { "Title of the document": "Receipt" }),
    () => choose(page, PDF).then(() => press(page, "Continue")),
    () => press(page, "Send"),
  ];
  let path = "/documents/new";
  for (const send of pages) {
    await page.goto(shop.url + path);
    const shown = page.url().replace(shop.url, "");
    shop.kill();
    await shop.ended;
    shop = await openShop(t, data);
    // What is shown stays there; only the address of this shop is another.
    await page.goto(shop.url + shown);
    await send();
    path = page.url().replace(shop.url, "");
    shop.kill();
    await shop.ended;
    shop = await openShop(t, data);
  }
  await page.goto(shop.url + path);
  await page.getByText("We keep “Receipt” for you.").waitFor();
  await page.goto(`${shop.url}/documents`);
  assert.equal(await page.getByRole("main").getByRole("listitem").count(), 1);
});

eachWay("who comes back to an end by its link or its address sees it again", async (t, options) => {
  const page = await visit(t, options);
  await page.goto("/documents/new");
  await goOn(page, { "Title of the document": "Receipt" });
  await choose(page, PDF);
  await press(page, SAVE);
  const link = await page.getByRole("main").locator("code").innerText();
  await page.getByRole("link", { name: "Go on with your answers" }).click();
  const step = page.url();
  await goOn(page, {});
  await press(page, "Send");
  const [end, told] = [page.url(), await page.getByRole("main").innerText()];
  for (const address of [link, step, end]) {
    await page.goto(address);
    assert.equal(page.url(), end, address);
    assert.equal(await page.getByRole("main").innerText(), told);
  }
  if (options.javaScriptEnabled) await look(page, "documents: finished, seen again");
});
