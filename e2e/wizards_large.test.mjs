// Forms and files that are far too large: a browser sends them to their end, and then shows what the shop says of them.

import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { press, visit } from "./browser.mjs";
import { look } from "./look.mjs";
import { emptyFolder } from "./own_shop.mjs";
import { eachWay, heading, toReview } from "./wizard.mjs";

const MIB = 1 << 20;

/** Chooses a language for the visitor. */
async function speak(page, code) {
  await page.goto("/preferences");
  await page.locator("select[name=language]").selectOption(code);
  await page.getByRole("main").locator("form button").first().click();
  await page.waitForLoadState();
}

test("a form of 40 MiB gets a page that says so, in the visitor's language, and leads back to what was typed (wizard)", async (t) => {
  const page = await visit(t);
  await speak(page, "de");
  await page.goto("/feedback?new");
  await page.locator("input[type=radio]").last().check();
  await press(page, /^Weiter$/);
  const step = page.url();
  const text = page.locator("textarea");
  await text.evaluate((area, [typed, more]) => {
    area.removeAttribute("maxlength");
    area.value = "x".repeat(typed);
    // Browsers take half a minute to make a form of a text this long; what nobody sees is quick.
    const hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name: "more", value: "x".repeat(more) });
    area.form.append(hidden);
  }, [3 * MIB, 37 * MIB]);
  assert.equal((await press(page, "Absenden")).status(), 413);
  assert.equal(await heading(page), "Das ist mehr, als wir aufhängen können");
  await look(page, "feedback: far too long");
  await page.getByRole("link", { name: "Zurück zum Formular" }).click();
  await page.waitForURL(step);
  assert.equal(await text.evaluate((area) => area.value.length), 3 * MIB, "it is as it was typed");
});

eachWay("a file far over the limit gets a page that says so, and what came before is kept", async (t, options) => {
  const path = join(await emptyFolder(t), "long.pdf");
  const file = await open(path, "w");
  await file.write("%PDF-1.7 and so on");
  await file.truncate(120 * MIB);
  await file.close();
  const page = await visit(t, options);
  await toReview(page, "Receipt");
  await page.getByRole("link", { name: "Change Your file" }).click();
  await page.getByLabel("File", { exact: true }).setInputFiles(path);
  assert.equal((await press(page, "Continue")).status(), 413);
  assert.equal(await heading(page), "That could not be taken in");
  await page.getByText("At most 100 MiB can be sent at once.").waitFor();
  await page.getByRole("link", { name: "Back to your answers" }).click();
  await page.getByText("receipt.pdf (18 bytes)").waitFor();
});
