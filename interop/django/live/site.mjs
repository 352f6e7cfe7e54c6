// One host name over one store: opened for a test, closed with it.

import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { django, manage, proxy, rust } from "./sides.mjs";

/** Each store in which Django can keep sessions: its URL, made from what the servers' variables say. */
export const STORES = {
  sqlite: { url: ({ folder }) => `sqlite://${join(folder, "sessions.db")}` },
  postgres: { variable: "CLOAKROOM_TEST_POSTGRES" },
  mysql: { variable: "CLOAKROOM_TEST_MYSQL" },
  redis: { variable: "CLOAKROOM_TEST_REDIS" },
  cached_db: { url: ({ folder }) => `sqlite://${join(folder, "sessions.db")}`, cache: "CLOAKROOM_TEST_REDIS" },
  memcached: { variable: "CLOAKROOM_TEST_MEMCACHED" },
  file: { url: ({ folder }) => `file://${join(folder, "sessions")}` },
  signed_cookies: { url: () => "cookie:" },
};

/** Whether this store's server was started. */
export function isThere(name) {
  if (STORES[name] === undefined) throw new Error(`${name} is none of ${Object.keys(STORES).join(", ")}`);
  const { variable, cache } = STORES[name];
  return [variable, cache].every((needed) => needed === undefined || process.env[needed]);
}

/** Empty tables and the demo users, made once and then copied. */
let template;

/** Opens the site over a store; `django` and `rust` hold what one side has that the other has not. */
export async function openSite(t, name, { django: own = {}, rust: other = {} } = {}) {
  const folder = await temporary(t);
  const { variable, url = () => process.env[variable], cache } = STORES[name];
  const store = url({ folder });
  const users = isDatabase(store) ? store : `sqlite://${join(folder, "users.db")}`;
  const settings = { store, cache: process.env[cache], users };
  await fill(folder, settings);
  const site = new Site(name, folder, settings);
  t.after(() => site.close());
  await Promise.all([site.django.start({ ...settings, ...own }), site.rust.start({ ...settings, ...other })]);
  site.proxy = await proxy(site.django, site.rust, ["/cart", "/api", "/static/"]);
  return site;
}

class Site {
  constructor(name, folder, settings) {
    Object.assign(this, { name, folder, settings });
    this.django = django(folder, "django");
    this.rust = rust(folder, "rust");
  }

  get url() {
    return this.proxy.url;
  }

  manage(...words) {
    return manage(this.settings, ...words);
  }

  /** Stops one side and starts it with other settings at the same address. */
  async change(side, settings) {
    await this[side].stop();
    await this[side].start({ ...this.settings, ...settings });
  }

  async close() {
    this.proxy?.stop();
    await Promise.all([this.django.stop(), this.rust.stop()]);
  }
}

async function fill(folder, settings) {
  template ??= makeTemplate();
  const made = await template;
  await mkdir(join(folder, "sessions"), { mode: 0o700 });
  for (const file of ["users.db", "sessions.db"]) await copyFile(join(made, file), join(folder, file));
  if (isDatabase(settings.users)) await manage(settings, "prepare");
}

/** Whether this is a server with tables of its own, for sessions and users alike. */
const isDatabase = (url) => /^(postgres|mysql):/.test(url);

async function makeTemplate() {
  const folder = await mkdtemp(join(tmpdir(), "cloakroom-interop-"));
  const at = (file) => `sqlite://${join(folder, file)}`;
  await manage({ store: at("sessions.db"), users: at("users.db") }, "prepare");
  return folder;
}

/** Takes away what all tests shared. */
export async function removeTemplate() {
  if (template) await rm(await template, { recursive: true, force: true });
}

async function temporary(t) {
  const folder = await mkdtemp(join(tmpdir(), "cloakroom-interop-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
