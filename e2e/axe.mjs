// What axe-core has against a page, and a picture of it for whoever wants to look.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Lists what axe has against a page, by its rules. */
export async function violations(page) {
  // A message that is still fading in has too little contrast, for a quarter of a second.
  await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map((it) => it.finished));
  });
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]);
  });
}

/** Takes a picture of the whole page, where E2E_PICTURES names a folder for them. */
export async function picture(page, name) {
  const folder = process.env.E2E_PICTURES;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
