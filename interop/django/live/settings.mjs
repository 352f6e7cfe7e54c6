// Settings as the real Django prints them: each is understood, and the sides agree by them.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hopsOf } from "./hops.mjs";
import { cloakroom, inTheShell, STAND_IN } from "./sides.mjs";
import * as sweep from "./sweep.mjs";
import { Visitor } from "./visitor.mjs";

/** A site that has changed what it can, with its clock far from UTC. */
const CHANGED = {
  USE_TZ: false,
  TIME_ZONE: "Asia/Kolkata",
  SESSION_COOKIE_NAME: "ticket",
  SESSION_COOKIE_AGE: 7200,
  SESSION_COOKIE_SAMESITE: "Strict",
  CSRF_COOKIE_NAME: "stub",
  MESSAGE_STORAGE: "django.contrib.messages.storage.session.SessionStorage",
  SESSION_SECURITY_WARN_AFTER: 60,
  OWN_CACHE_KEYS: true,
};
/** A site in UTC whose database has times as another site of it wants them. */
const ROWS_ZONE = { ROWS_TIME_ZONE: "Asia/Kolkata" };
const OTHER_ZONE = { USE_TZ: false, TIME_ZONE: "America/Chicago" };

/** What the command prints runs in the project, and what that prints is all that a site in Rust needs. */
export async function printed(t, site) {
  if (STAND_IN) return t.skip("it needs no file");
  const snippet = await cloakroom({}, "django-settings");
  for (const overrides of [CHANGED, OTHER_ZONE, ROWS_ZONE, {}]) {
    const file = join(site.folder, "settings.json");
    await writeFile(file, await inTheShell({ ...site.settings, overrides }, snippet));
    assert.match(await cloakroom({}, "django-settings", file), /^Every setting is understood/);
    await Promise.all([site.change("django", { overrides }), site.change("rust", { file })]);
    await hopsOf(site);
    await endingAtATime(site, overrides.SESSION_COOKIE_NAME ?? "sessionid");
    if (overrides === CHANGED && sweep.SWEPT.includes(site.name)) await sweep.clearing(t, site, { overrides, file });
  }
  await Promise.all([site.change("django", {}), site.change("rust", {})]);
}

/** A session that ends at a given time does so on both sides, wherever their clocks say it is. */
async function endingAtATime(site, name) {
  const visitor = new Visitor(site.url);
  const page = await visitor.open("django", "/products/1");
  await visitor.submit("rust", page.asking("quantity"), { quantity: "2" });
  await visitor.open("django", "/lasts/600");
  for (const side of ["rust", "django"]) {
    const shelf = await visitor.open(side, "/products/2");
    await visitor.submit(side, shelf.asking("quantity"), { quantity: "1" });
  }
  for (const side of ["rust", "django"]) assert.equal((await visitor.open(side, "/cart")).cartCount, 4, side);
  assert.ok(visitor.cookies.has(name), name);
}
