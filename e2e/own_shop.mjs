// A shop of the test's own, which it may stop, break and start again.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { PASSWORD } from "./client.mjs";

/** Returns an empty folder that goes away with the test. */
export async function emptyFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), "cloakroom-e2e-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the shop's program with these settings and no others of its kind. */
export function startShop(t, settings) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(SHOP|CLOAKROOM)_/.test(name));
  const env = { ...Object.fromEntries(inherited), SHOP_DEMO_PASSWORD: PASSWORD, ...settings };
  const shop = spawn(process.env.SHOP_PROGRAM, { env, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => shop.kill("SIGKILL"));
  const said = { text: "" };
  for (const stream of [shop.stdout, shop.stderr]) stream.on("data", (data) => (said.text += data));
  const ended = once(shop, "close").then(([code]) => code);
  return { ended, said, stop: () => shop.kill("SIGTERM"), kill: () => shop.kill("SIGKILL") };
}

/** Starts a shop on a free port and waits until it is well. */
export async function openShop(t, data) {
  const address = `127.0.0.1:${await freePort()}`;
  const shop = { ...startShop(t, { SHOP_ADDR: address, SHOP_DATA: data }), url: `http://${address}` };
  const early = shop.ended.then((code) => {
    throw new Error(`the shop ended with code ${code}:\n${shop.said.text}`);
  });
  await Promise.race([early, isWell(shop.url)]);
  early.catch(() => {});
  return shop;
}

async function isWell(url) {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(50);
  }
  throw new Error(`${url}/healthz is not well after 30 s`);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
