// Every page of every wizard: accessible by the rules of axe, fit for a phone, and with nothing in the console.

import assert from "node:assert/strict";
import { test } from "node:test";
import { picture, violations } from "./axe.mjs";
import { press, visit } from "./browser.mjs";
import { ACCEPT, ADA, ADDRESS, BACK, COMPANY, PDF, SAVE, choose, goOn, handedIn, heading, toReview } from "./wizard.mjs";

/** Goes through everything that a wizard can show, and calls `look` on each page. */
async function everyPage(page, look) {
  await page.goto("/register");
  await look("register: info");
  await goOn(page, { "Email address": "nobody" });
  await look("register: info with errors");
  const stale = await page.context().newPage();
  await stale.goto(page.url());
  await page.bringToFront();
  await goOn(page, { ...ADA, "For a business": true });
  await look("register: address");
  await goOn(page, ADDRESS);
  await look("register: company");
  await goOn(page, COMPANY);
  await look("register: confirm");
  await stale.bringToFront();
  await goOn(stale, { ...ADA, "First name": "Grace" });
  await look("register: conflict", stale);
  await stale.close();
  await goOn(page, {}, SAVE);
  await look("register: saved");
  await page.goto("/register");
  await goOn(page, ACCEPT, "Send");
  await look("register: finished");

  await page.goto("/feedback");
  await goOn(page, {});
  await look("feedback: rating with errors");
  await goOn(page, { "5 – excellent": true });
  await look("feedback: comments");
  await goOn(page, { "What could be better?": "Nothing" }, "Send");
  await look("feedback: finished");

  await page.goto("/documents");
  await look("documents: none");
  await page.goto("/documents/new");
  await look("documents: info");
  await goOn(page, { "Title of the document": "x".repeat(120) });
  await goOn(page, {});
  await look("documents: upload with errors");
  await choose(page, { ...PDF, name: `${"long".repeat(40)}.pdf` });
  await press(page, BACK);
  await goOn(page, {});
  await look("documents: upload with a file");
  await press(page, SAVE);
  await look("documents: saved");
  await toReview(page, "x".repeat(120));
  await look("documents: review");
  await press(page, "Send");
  await look("documents: finished");
  await handedIn(page);
  await look("documents: list");
}

/** Goes to what a wizard shows when it can't go on where it stood; `other` is another device. */
async function everyOtherPage(page, other, look) {
  await page.goto("/feedback?new");
  await page.goto(`${page.url()}?expired`);
  await look("feedback: expired");
  await page.locator("#wizard").evaluate((form) => {
    const input = '<input type="hidden" name="more" value="1">';
    form.insertAdjacentHTML("beforeend", input.repeat(1_001));
  });
  assert.equal(await goOn(page, {}), 413);
  await look("feedback: too many fields");
  await page.getByRole("main").getByRole("link").click();
  await goOn(page, { "5 – excellent": true });
  await page.getByLabel("What could be better?").evaluate((area) => {
    area.removeAttribute("maxlength");
    area.value = "x".repeat(3 << 20);
  });
  const step = page.url();
  assert.equal(await goOn(page, {}, "Send"), 413);
  await look("feedback: too long");
  await page.getByRole("link", { name: "Back to the form" }).click();
  await page.waitForURL(step);

  await page.goto("/documents/new?new");
  await goOn(page, { "Title of the document": "x".repeat(120) });
  await press(page, SAVE);
  await look("documents: saved");
  const link = await page.getByRole("main").locator("code").innerText();
  await other.goto(link);
  await look("documents: resume", other);
  await page.goto("/documents/new");
  await choose(page, PDF);
  await press(page, "Continue");
  await press(page, "Send");
  await other.goto(link);
  await look("documents: not found", other);
}

const DEVICES = [
  ["a desk in the light", { viewport: { width: 1280, height: 860 }, colorScheme: "light" }],
  ["a phone in the dark", { viewport: { width: 360, height: 740 }, colorScheme: "dark" }],
];

for (const [device, options] of DEVICES) {
  test(`every page of a wizard is accessible and fits, and nothing complains, on ${device}`, async (t) => {
    const page = await visit(t, options);
    const complaints = [];
    page.on("console", (message) => {
      // That an answer was 422 is all that a browser has to say of errors in a form.
      const isExpected = message.text().includes("422 (Unprocessable");
      if (["error", "warning"].includes(message.type()) && !isExpected) complaints.push(message.text());
    });
    await everyPage(page, async (name, tab = page) => {
      assert.equal(await tab.getByRole("heading", { level: 1 }).count(), 1, name);
      const width = await tab.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= options.viewport.width, `${name} is ${width} pixels wide`);
      assert.deepEqual(await violations(tab), [], name);
    });
    assert.deepEqual(complaints, []);
  });
}

for (const [device, options] of DEVICES) {
  test(`what a wizard shows when it can't go on is accessible and fits on ${device}`, async (t) => {
    const [page, other] = [await visit(t, options), await visit(t, options)];
    await everyOtherPage(page, other, async (name, tab = page) => {
      assert.equal(await tab.getByRole("heading", { level: 1 }).count(), 1, name);
      const width = await tab.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= options.viewport.width, `${name} is ${width} pixels wide`);
      assert.deepEqual(await violations(tab), [], name);
      await picture(tab, `${name}, ${device}`);
    });
  });
}

test("the wizards speak the visitor's language, in their errors too", async (t) => {
  const page = await visit(t);
  await page.goto("/preferences");
  await page.locator("select[name=language]").selectOption("de");
  await press(page, "Save");
  await page.goto("/register");
  assert.equal(await heading(page), "Über Sie");
  assert.equal((await press(page, /^Weiter$/)).status(), 422);
  await page.getByRole("alert", { name: "Etwas stimmt noch nicht" }).waitFor();
  await page.getByRole("link", { name: "Geben Sie Ihren Vornamen ein" }).waitFor();
});
