// A form over several pages that is begun on one side and ended on the other.

import assert from "node:assert/strict";
import { plain } from "./page.mjs";
import { STAND_IN } from "./sides.mjs";
import { Visitor } from "./visitor.mjs";

const OTHER = { django: "rust", rust: "django" };

const REGISTRATION = [
  ["info", { first_name: "Zoë", last_name: "O'Brien", email: "zoe@example.org", kind: "business" }],
  ["address", { street: "1 Long Lane", city: "København", postcode: "1050", country: "Denmark" }],
  ["company", { name: "Hangers & Sons", vat: "DK12345678" }],
  ["confirm", { accept: "on" }],
];
const FEEDBACK = [
  ["rating", { stars: "4" }],
  ["comments", { text: "Näht besser als gekauft <3" }],
];

export async function inTheSession(t, site) {
  for (const side of ["django", "rust"]) {
    await handedOver(site, "/register", REGISTRATION, side);
    await handedOver(site, "/register", asAPerson(), side);
  }
}

export async function inACookie(t, site) {
  for (const side of ["django", "rust"]) await handedOver(site, "/feedback", FEEDBACK, side);
}

/** What was typed on one side stands in the fields of the other. */
export async function goingBack(t, site) {
  for (const [side, other] of Object.entries(OTHER)) {
    const visitor = new Visitor(site.url);
    const [[step, typed]] = REGISTRATION;
    await fillIn(visitor, side, "/register", step, typed);
    const { path } = await visitor.open(other, "/register");
    const { fields } = (await visitor.open(other, path.replace(/[^/]+$/, step))).asking(`${step}-email`);
    for (const name of ["first_name", "last_name", "email"]) {
      assert.equal(fields[`${step}-${name}`], typed[name], `${name} on ${other}`);
    }
  }
}

/** Each step is filled in on the other side than the one before. */
async function handedOver(site, path, steps, first) {
  const visitor = new Visitor(site.url);
  let side = first;
  let last;
  for (const [step, answers] of steps) {
    last = { side, page: await fillIn(visitor, side, path, step, answers) };
    side = OTHER[side];
  }
  assert.equal(visitor.page.status, 200, `${path} ended on ${last.side}`);
  // Django's site says all of it in its message, the shop's registration on the page where it is confirmed.
  if (last.side === "django" || STAND_IN || path === "/register") {
    const seen = plain(last.page.text + visitor.page.text);
    for (const [name, answer] of steps.slice(0, -1).flatMap(([, answers]) => Object.entries(answers))) {
      if (name !== "kind") assert.ok(seen.includes(answer), `${path}, ended on ${last.side}, knows ${answer}:\n${seen}`);
    }
  }
  await startsAnew(visitor, path, steps[0]);
}

/** What is done is done on both sides: the next visit begins with an empty first step. */
async function startsAnew(visitor, path, [step, answers]) {
  for (const side of ["django", "rust"]) {
    const page = await visitor.open(side, path);
    const [name, typed] = Object.entries(answers)[0];
    assert.notEqual(page.asking(`${step}-${name}`).fields[`${step}-${name}`], typed, `${path} on ${side} after its end`);
  }
}

/** Fills in a step and sends it; returns the page on which that was done. */
async function fillIn(visitor, side, path, step, answers) {
  const fields = Object.entries(answers).map(([name, value]) => [`${step}-${name}`, value]);
  const page = await visitor.open(side, path);
  const form = page.asking(fields[0][0]);
  await visitor.submit(side, form, { ...Object.fromEntries(fields), continue: "1" });
  return page;
}

function asAPerson() {
  const [[step, info], ...rest] = REGISTRATION;
  return [[step, { ...info, kind: "person" }], ...rest.filter(([name]) => name !== "company")];
}
