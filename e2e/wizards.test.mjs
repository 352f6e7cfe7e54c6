// The three wizards, to their ends and back.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { press, visit } from "./browser.mjs";
import {
  ACCEPT, ADA, ADDRESS, BACK, COMPANY, PDF, SAVE, answers, choose, eachWay, fill, goOn, handedIn, heading, toConfirm, toReview,
} from "./wizard.mjs";

eachWay("a business registers in four steps, and the confirmation can be loaded again", async (t, options) => {
  const page = await visit(t, options);
  await page.goto("/register");
  assert.equal(await heading(page), "About you");
  await goOn(page, { ...ADA, "For a business": true });
  await goOn(page, ADDRESS);
  assert.equal(await heading(page), "Your business");
  await goOn(page, COMPANY);
  assert.equal(await heading(page), "Check your answers");
  assert.deepEqual(await answers(page, "Your business"), COMPANY);
  await goOn(page, ACCEPT, "Send");
  const told = page.getByText(/^Welcome, Ada\. You are our customer number \d+\.$/);
  const text = await told.innerText();
  assert.equal((await page.reload()).status(), 200);
  assert.equal(await told.innerText(), text);
});

eachWay("feedback is given with nothing kept on the server, and its answers are gone at the end", async (t, options) => {
  const page = await visit(t, options);
  const cookies = () => page.context().cookies();
  const names = async () => (await cookies()).map((cookie) => cookie.name);
  await page.goto("/feedback");
  await goOn(page, { "4 – very good": true });
  assert.ok((await names()).some((name) => name.startsWith("wizard-feedback")));
  assert.ok(!(await names()).includes("sessionid"));
  await goOn(page, { "What could be better?": `More hangers.\nAnd a café.${" And a coat.".repeat(60)}` }, "Send");
  await page.getByText(/^Your opinion is number \d+ in our book\.$/).waitFor();
  const left = (await cookies()).filter((cookie) => cookie.name.startsWith("wizard-feedback"));
  assert.ok(left.every((cookie) => cookie.value.length < 600), "how it ended, and no answers");
  assert.equal((await page.reload()).status(), 200);
  assert.equal(await heading(page), "Thank you");
});

eachWay("a document is handed in, listed and given back byte by byte", async (t, options) => {
  const page = await visit(t, options);
  await toReview(page, "Receipt for a coat");
  assert.deepEqual(await answers(page, "Your file"), { File: "receipt.pdf (18 bytes)" });
  await press(page, "Send");
  await page.getByText("We keep “Receipt for a coat” for you.").waitFor();
  await page.getByRole("main").getByRole("link", { name: "Your documents" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download Receipt for a coat" }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), "receipt.pdf");
  assert.deepEqual(await readFile(await file.path()), PDF.buffer);
});

eachWay("what is wrong is said on top and at each field, and what was typed stays", async (t, options) => {
  const page = await visit(t, options);
  await page.goto("/register");
  assert.equal(await goOn(page, { "First name": "Ada", "Email address": "nobody" }), 422);
  assert.match(await page.title(), /^Error: About you/);
  const summary = page.getByRole("alert", { name: "There is a problem" });
  assert.deepEqual(await summary.getByRole("link").allInnerTexts(), [
    "Enter your last name", "Enter an email address like name@example.com", "Choose who you buy for",
  ]);
  assert.ok(await summary.evaluate((element) => element === document.activeElement), "it has the focus");
  await summary.getByRole("link", { name: "Choose who you buy for" }).click();
  assert.ok(await page.getByLabel("For myself").evaluate((radio) => radio === document.activeElement));
  const email = page.getByLabel("Email address");
  assert.equal(await email.inputValue(), "nobody");
  assert.equal(await email.getAttribute("aria-invalid"), "true");
  assert.equal(await goOn(page, ADA), 200);
  assert.equal(await heading(page), "Your address");
});

test("the browser's Back leads over a page with errors to what was typed (wizard)", async (t) => {
  const page = await visit(t, { javaScriptEnabled: true });
  await page.goto("/register");
  assert.equal(await goOn(page, { ...ADA, "Email address": "nobody" }), 422);
  assert.equal(await goOn(page, { "Email address": "ada@example.com" }), 200);
  assert.equal(await heading(page), "Your address");
  await page.goBack();
  assert.equal(await heading(page), "About you");
  assert.equal(await page.getByLabel("First name").inputValue(), "Ada");
});

eachWay("Back keeps what was typed there, right or wrong, and what is changed counts", async (t, options) => {
  const page = await visit(t, options);
  await page.goto("/register");
  await goOn(page, { ...ADA, "For a business": true });
  await fill(page, { "Town or city": "Lon" });
  await press(page, BACK);
  assert.equal(await page.getByLabel("First name").inputValue(), "Ada");
  await goOn(page, { "First name": "Augusta", "For myself": true });
  assert.equal(await page.getByLabel("Town or city").inputValue(), "Lon");
  await goOn(page, ADDRESS);
  assert.equal(await heading(page), "Check your answers");
  const about = await answers(page, "About you");
  assert.deepEqual([about["First name"], about["Who do you buy for?"]], ["Augusta", "For myself"]);
});

eachWay("Change leads back to the review, unless it raises a new question", async (t, options) => {
  const page = await visit(t, options);
  await toConfirm(page);
  await page.getByRole("link", { name: "Change Your address" }).click();
  await goOn(page, { "Town or city": "Paris" });
  assert.equal(await heading(page), "Check your answers");
  assert.equal((await answers(page, "Your address"))["Town or city"], "Paris");

  await page.getByRole("link", { name: "Change About you" }).click();
  await goOn(page, { "For a business": true });
  assert.equal(await heading(page), "Your business");
  await goOn(page, COMPANY);
  assert.equal(await heading(page), "Check your answers");
  assert.equal(await goOn(page, {}, "Send"), 422);
  await page.getByRole("link", { name: "Confirm that your answers are right" }).waitFor();
});

eachWay("any step that can be visited is one press away, and the press keeps what was typed", async (t, options) => {
  const page = await visit(t, options);
  await page.goto("/register");
  const steps = page.getByRole("navigation", { name: "Steps" });
  assert.equal(await steps.getByRole("button").count(), 0);
  await goOn(page, ADA);
  await fill(page, { "Town or city": "Lon" });
  await press(page, /^About you/);
  assert.equal(await steps.locator("[aria-current=step]").innerText(), "About you");
  await press(page, "Your address");
  assert.equal(await page.getByLabel("Town or city").inputValue(), "Lon");
});

eachWay("a file stays through errors, Back and a wrong second one, until it is removed", async (t, options) => {
  const page = await visit(t, options);
  await page.goto("/documents/new");
  await goOn(page, { "Title of the document": "Receipt" });
  assert.equal(await goOn(page, {}), 422);
  await choose(page, PDF);
  await press(page, BACK);
  assert.equal(await goOn(page, { "Title of the document": "" }), 422);
  await goOn(page, { "Title of the document": "Receipt" });
  assert.ok(await page.getByText("receipt.pdf (18 bytes)").isVisible());
  await choose(page, { name: "program.pdf", mimeType: "application/pdf", buffer: Buffer.from("\x7fELF\x02\x01\x01\0\0\0\0\0", "latin1") });
  assert.equal(await goOn(page, {}), 422);
  await page.getByRole("link", { name: "The file must be a PDF" }).waitFor();
  assert.ok(await page.getByText("receipt.pdf (18 bytes)").isVisible());
  await goOn(page, {});
  assert.equal(await heading(page), "Check your answers");

  await page.getByRole("link", { name: "Change Your file" }).click();
  assert.equal(await goOn(page, { "Remove receipt.pdf": true }), 422);
  assert.equal(await page.getByText("receipt.pdf").count(), 0);
});

eachWay("a link leads back to saved answers in a fresh browser, where they are handed in", async (t, options) => {
  const page = await visit(t, options);
  await page.goto("/documents/new");
  await goOn(page, { "Title of the document": "Begun at home" });
  await choose(page, PDF);
  await press(page, SAVE);
  assert.equal(await heading(page), "Your answers are saved");
  const link = await page.getByRole("link", { name: "Go on with your answers" }).getAttribute("href");

  const elsewhere = await visit(t, options);
  await page.reload();
  assert.ok(await page.getByText(link).isVisible(), "it can be read and copied");

  await elsewhere.goto(link);
  assert.equal(await heading(elsewhere), "Go on with these answers?");
  await press(elsewhere, "Go on with these answers");
  assert.equal(await heading(elsewhere), "Your file");
  assert.ok(await elsewhere.getByText("receipt.pdf (18 bytes)").isVisible());
  await goOn(elsewhere, {});
  await press(elsewhere, "Send");
  assert.deepEqual(await handedIn(elsewhere), ["Begun at home"]);

  const stranger = await visit(t, options);
  assert.equal((await stranger.goto("/documents/new/resume/nothing")).status(), 404);
});
