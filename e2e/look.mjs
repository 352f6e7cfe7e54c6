// Looking at one page as it is on a desk and on a phone, in the light and in the dark.

import assert from "node:assert/strict";
import { picture, violations } from "./axe.mjs";

const LOOKS = [
  ["a desk in the light", { viewport: { width: 1280, height: 860 }, colorScheme: "light" }],
  ["a desk in the dark", { viewport: { width: 1280, height: 860 }, colorScheme: "dark" }],
  ["a phone in the light", { viewport: { width: 360, height: 740 }, colorScheme: "light" }],
  ["a phone in the dark", { viewport: { width: 360, height: 740 }, colorScheme: "dark" }],
];

/** Looks at a page in every light and on every device: it fits, and axe has nothing against it. */
export async function look(page, name) {
  const before = page.viewportSize();
  for (const [device, { viewport, colorScheme }] of LOOKS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1, name);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= viewport.width, `${name} is ${width} pixels wide on ${device}`);
    assert.deepEqual(await violations(page), [], `${name} on ${device}`);
    await picture(page, `${name}, ${device}`);
  }
  await page.setViewportSize(before);
}
