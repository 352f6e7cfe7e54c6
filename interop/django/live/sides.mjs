// Both sides of one host name as processes: Django under gunicorn, the shop, and the proxy before them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export const PASSWORD = "wardrobe-under-test";
export const KEY = "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz";

/** How long a side may take to answer for the first time, in milliseconds. */
const START = 30_000;
const SITE = new URL("../site", import.meta.url).pathname;

/** What the command `cargo xtask interop` tells. */
const PYTHON = process.env.INTEROP_PYTHON;
const PROGRAMS = process.env.INTEROP_PROGRAMS;
/** `django` puts a second Django where the shop would be. */
export const STAND_IN = process.env.INTEROP_RUST === "django";

/** A process that answers `/healthz`, and can be stopped and started again with other settings. */
class Side {
  constructor(log, command) {
    this.log = log;
    this.command = command;
  }

  async start(settings) {
    this.port ??= await freePort();
    const { program, words, env, folder } = this.command(this.port, settings);
    const log = openSync(this.log, "a");
    this.process = spawn(program, words, { env: { ...bare(), ...env }, cwd: folder, stdio: ["ignore", log, log] });
    this.ended = once(this.process, "close");
    await this.#isWell();
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop() {
    if (this.process === undefined) return;
    this.process.kill("SIGTERM");
    await this.ended;
    this.process = undefined;
  }

  async #isWell() {
    const deadline = Date.now() + START;
    while (Date.now() < deadline && this.process.exitCode === null) {
      const answer = await fetch(`${this.url}/healthz`).catch(() => undefined);
      if (answer?.ok) return;
      await wait(40);
    }
    this.process.kill("SIGKILL");
    throw new Error(`a side of the site is not well, see ${this.log}`);
  }
}

/** Django under gunicorn. */
export function django(folder, name) {
  return new Side(join(folder, `${name}.log`), (port, settings) => ({
    program: join(PYTHON, "gunicorn"),
    words: ["--bind", `127.0.0.1:${port}`, "--threads", "8", "--graceful-timeout", "2", "--no-control-socket", "outfitter.wsgi"],
    env: siteSettings(settings),
    folder: SITE,
  }));
}

/** The shop in Django's dialect. */
export function shop(folder, name) {
  return new Side(join(folder, `${name}.log`), (port, settings) => ({
    program: join(PROGRAMS, "shop"),
    words: [],
    env: { SHOP_ADDR: `127.0.0.1:${port}`, SHOP_DATA: join(folder, "shop"), ...shopSettings(settings) },
    folder,
  }));
}

/** What stands where the shop belongs. */
export const rust = STAND_IN ? django : shop;

/** Starts the proxy on a port of its own choice; returns where it is and how to end it. */
export async function proxy(django, rust, moved = []) {
  const address = (side) => `127.0.0.1:${side.port}`;
  const words = ["--listen", "127.0.0.1:0", "--django", address(django), "--rust", address(rust), ...moved];
  const process = spawn(join(PROGRAMS, "interop-proxy"), words, { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(process.stdout, "data");
  return { url: String(line).trim(), stop: () => process.kill("SIGKILL") };
}

/** Runs a command of `manage.py`, and returns what it prints. */
export function manage(settings, ...words) {
  return output(join(PYTHON, "python"), ["manage.py", ...words], siteSettings(settings), SITE);
}

/** Gives `manage.py shell` a program to run, and returns what it prints. */
export function inTheShell(settings, program) {
  return output(join(PYTHON, "python"), ["manage.py", "shell", "-v", "0"], siteSettings(settings), SITE, program);
}

/** Runs the operator's command of the library, and returns what it prints. */
export function cloakroom(settings, ...words) {
  return output(join(PROGRAMS, "cloakroom"), words, shopSettings(settings));
}

function siteSettings({ store, cache, users, key = KEY, fallbacks = [], overrides = {} }) {
  const settings = {
    SITE_STORE: store,
    SITE_CACHE: cache,
    SITE_USERS: users,
    SITE_SECRET_KEY: key,
    SITE_SECRET_KEY_FALLBACKS: fallbacks.join(","),
    SITE_DEMO_PASSWORD: PASSWORD,
    SITE_OVERRIDES: JSON.stringify(overrides),
    PYTHONDONTWRITEBYTECODE: "1",
  };
  return defined(settings);
}

function shopSettings({ store, cache, users, key = KEY, fallbacks = [], file }) {
  return defined({
    CLOAKROOM_DJANGO_SETTINGS: file,
    CLOAKROOM_DIALECT: "django",
    CLOAKROOM_STORE: store,
    CLOAKROOM_CACHE: cache,
    CLOAKROOM_SECRET: key,
    CLOAKROOM_SECRET_FALLBACKS: fallbacks.join(",") || undefined,
    SHOP_DJANGO_USERS: users,
  });
}

function defined(settings) {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** The environment without settings that were meant for somebody else. */
function bare() {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(SHOP|SITE|CLOAKROOM)_/.test(name));
  return Object.fromEntries(inherited);
}

async function output(program, words, env, cwd, input = "") {
  const command = spawn(program, words, { env: { ...bare(), ...env }, cwd });
  command.stdin.end(input);
  let [said, complained] = ["", ""];
  command.stdout.on("data", (data) => (said += data));
  command.stderr.on("data", (data) => (complained += data));
  const [code] = await once(command, "close");
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${complained}${said}`);
  return said;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
