// Both sides add to one cart at the same time.

import assert from "node:assert/strict";
import { request } from "node:http";
import { STAND_IN } from "./sides.mjs";
import { Visitor } from "./visitor.mjs";

/** Rust puts in the odd numbers, Django the even ones. */
const ODD = Array.from({ length: 25 }, (_, at) => 2 * at + 1);
const EVEN = ODD.map((number) => number + 1);

/** Requests that have read the session, a saved change by Django, and only then what they save themselves. */
export async function djangoInBetween(t, site) {
  if (STAND_IN) return t.skip("Django overwrites");
  const visitor = await begun(site);
  const begunOrders = await Promise.all(ODD.slice(0, 8).map((product) => slowly(site.rust.url, visitor, product)));
  for (const product of EVEN.slice(0, 4)) await ordered(visitor, "django", product);
  const statuses = await Promise.all(begunOrders.map((finish) => finish()));
  assert.deepEqual([...new Set(statuses)], [200]);
  const expected = [...ODD.slice(0, 8), ...EVEN.slice(0, 4)];
  assert.deepEqual(await inTheCart(visitor), expected.sort((a, b) => a - b));
}

/** Rust's requests among themselves lose nothing, and see what Django has saved. */
export async function rustAlone(t, site) {
  const check = async () => {
    const visitor = await begun(site);
    await ordered(visitor, "django", 50);
    await Promise.all(ODD.map((product) => ordered(visitor, "rust", product)));
    assert.deepEqual(await inTheCart(visitor), [...ODD, 50]);
  };
  if (!STAND_IN) return check();
  await assert.rejects(check, "Django's requests overwrite each other, so this test can fail");
}

/**
 * All at once. Django saves the whole session as it has read it, so it can put back what Rust saved between
 * its reading and its saving; nothing outside of Django can hinder that. Whatever else is missing, Rust lost.
 */
export async function allAtOnce(t, site) {
  const visitor = await begun(site);
  const orders = await Promise.all([
    ...ODD.map((product) => timed(visitor, "rust", product)),
    ...EVEN.map((product) => timed(visitor, "django", product)),
  ]);
  const there = new Set(await inTheCart(visitor));
  const django = orders.filter(({ side }) => side === "django");
  const missing = orders.filter(({ side, product }) => side === "rust" && !there.has(product));
  const overwritten = missing.filter((order) => django.some((other) => putBack(order, other)));
  t.diagnostic(`missing of ${ODD.length} by Rust: ${missing.length}, put back by Django: ${overwritten.length}`);
  if (!STAND_IN) assert.deepEqual(missing, overwritten);
}

/** Where Django's sessions are saved by comparing as well, nobody loses anything. */
export async function allAtOnceCarefully(t, site) {
  const overrides = { SESSION_ENGINE: "outfitter.careful" };
  await site.change("django", { overrides });
  if (STAND_IN) await site.change("rust", { overrides });
  const visitor = await begun(site);
  const sides = { rust: ODD, django: EVEN };
  const orders = Object.entries(sides).flatMap(([side, list]) => list.map((product) => ordered(visitor, side, product)));
  await Promise.all(orders);
  assert.deepEqual(await inTheCart(visitor), [...ODD, ...EVEN].sort((a, b) => a - b));
  await site.change("django", {});
  if (STAND_IN) await site.change("rust", {});
}

/** Whether Django's request ran at the same time and had not seen what the other one added. */
function putBack(order, other) {
  return other.begun < order.ended && other.ended > order.begun && !(order.product in other.items);
}

async function timed(visitor, side, product) {
  const begun = performance.now();
  const { items } = await ordered(visitor, side, product);
  return { side, product, items, begun, ended: performance.now() };
}

async function ordered(visitor, side, product) {
  const { status, body } = await visitor.script(side, "/api/cart", { product, quantity: 1 });
  assert.equal(status, 200, `ordering ${product} on ${side}`);
  return body;
}

/** A visitor with a session and a token, and nothing in the cart. */
async function begun(site) {
  const visitor = new Visitor(site.url);
  const page = await visitor.open("django", "/preferences");
  await visitor.submit("django", page.asking("theme"), { theme: "dark" });
  return visitor;
}

async function inTheCart(visitor) {
  const { body } = await visitor.script("django", "/api/cart");
  return Object.keys(body.items).map(Number).sort((a, b) => a - b);
}

/**
 * Sends an order up to the half of its body, once the server asks for that: then it has read the session.
 * The returned function sends the rest and says what was answered. It goes past the proxy, which would ask at once.
 */
async function slowly(url, visitor, product) {
  const body = JSON.stringify({ product, quantity: 1 });
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": body.length,
    "X-CSRFToken": visitor.page.asking("csrfmiddlewaretoken").fields.csrfmiddlewaretoken,
    Cookie: visitor.cookieHeader(),
    Expect: "100-continue",
  };
  const sent = request(new URL("/api/cart", url), { method: "POST", headers });
  const answer = new Promise((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", (response) => response.resume().on("end", () => resolve(response.statusCode)));
  });
  sent.flushHeaders();
  await Promise.race([new Promise((resolve) => sent.on("continue", resolve)), answer]);
  sent.write(body.slice(0, 5));
  return () => {
    sent.end(body.slice(5));
    return answer;
  };
}
