// Ways through the shop's wizards, with the browser's scripts switched on and off.

import { test } from "node:test";
import { press } from "./browser.mjs";

/** Tests the same promise twice, at the same time: the wizards need no JavaScript. */
export function eachWay(promise, run) {
  const ways = [["with JavaScript", true], ["without JavaScript", false]];
  test(`${promise} (wizard)`, { concurrency: ways.length }, (t) =>
    Promise.all(ways.map(([how, javaScriptEnabled]) => t.test(`wizard ${how}`, (t) => run(t, { javaScriptEnabled })))),
  );
}

/** Fills in the fields of these labels; `true` ticks a box or chooses a radio. */
export async function fill(page, fields) {
  for (const [label, value] of Object.entries(fields)) {
    const field = page.getByRole("main").getByLabel(label, { exact: true });
    if (value === true) await field.check();
    else await field.fill(value);
  }
}

/** Fills in a step and goes on; returns the status of the answer. */
export async function goOn(page, fields, button = "Continue") {
  await fill(page, fields);
  return (await press(page, button)).status();
}

export const BACK = /^Back$/;
export const SAVE = "Save and come back later";

export const ADA = { "First name": "Ada", "Last name": "Lovelace", "Email address": "ada@example.com", "For myself": true };
export const ADDRESS = { "Street and number": "1 High Street", "Town or city": "London", Postcode: "N1 2AB", Country: "United Kingdom" };
export const COMPANY = { "Name of the business": "Engines Ltd", "VAT number": "GB123456789" };
export const ACCEPT = { "My answers are right, and I know that this is a demonstration": true };

export const PDF = { name: "receipt.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 and so on") };

/** Chooses a file in the step that asks for it. */
export function choose(page, file) {
  return page.getByLabel("File", { exact: true }).setInputFiles(file);
}

/** Goes to the page on which a registration is checked. */
export async function toConfirm(page) {
  await page.goto("/register");
  await goOn(page, ADA);
  await goOn(page, ADDRESS);
}

/** Goes to the page on which a document is handed in. */
export async function toReview(page, title = "Receipt") {
  await page.goto("/documents/new?new");
  await goOn(page, { "Title of the document": title });
  await choose(page, PDF);
  await press(page, "Continue");
}

/** What the page's one heading says. */
export function heading(page) {
  return page.getByRole("heading", { level: 1 }).innerText();
}

/** Labels and answers of a page that shows them. */
export async function answers(page, region) {
  const list = page.getByRole("region", { name: region });
  const [labels, words] = [await list.locator("dt").allInnerTexts(), await list.locator("dd").allInnerTexts()];
  return Object.fromEntries(labels.map((label, index) => [label, words[index]]));
}

/** The titles of what this visitor has handed in. */
export async function handedIn(page) {
  await page.goto("/documents");
  return page.getByRole("main").getByRole("listitem").getByRole("heading").allInnerTexts();
}
