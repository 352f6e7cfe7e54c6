// Every test of both sides at once; what they share of a store is opened once for it.

import { after, describe, test } from "node:test";
import * as auth from "./auth.mjs";
import * as broken from "./broken.mjs";
import * as concurrent from "./concurrent.mjs";
import * as hops from "./hops.mjs";
import * as keys from "./keys.mjs";
import * as odd from "./odd.mjs";
import * as settings from "./settings.mjs";
import { isThere, openSite, removeTemplate, STORES } from "./site.mjs";
import * as sweep from "./sweep.mjs";
import * as wizard from "./wizard.mjs";

const LONG = process.env.INTEROP_LONG !== undefined;
/** The stores that were asked for, or all. */
const ASKED = process.env.INTEROP_STORES?.split(",") ?? Object.keys(STORES);
const HOPS = Number(process.env.INTEROP_HOPS ?? 60);
/** Enough to see that a broken setting is noticed; the long run breaks them all. */
const BROKEN = LONG ? {} : { only: ["SECRET_KEY", "MESSAGE_STORAGE"] };

/** What is tried on every store. */
const EVERYWHERE = [
  ["20 hops", hops.byPlainRequests],
  ["who leaves one side has left both", auth.signingOut],
  ["a changed password ends the sessions it had opened, on both sides", auth.aNewPassword],
  ["a wizard in the session is handed over at each step", wizard.inTheSession],
  ["what Django reads and Rust can't is left alone by it", odd.isLeftAlone],
];

/** What is tried on one store, the one named first, and in the long run on every store. */
const LONGER = [
  ["sqlite", `${HOPS} hops in one browser`, hops.inABrowser, { hops: HOPS }],
  ["sqlite", "the path alone leads from one side to the other", hops.byPathAlone],
  ["sqlite", "a form without its token is refused on both sides", hops.forgedForms],
  ["sqlite", "a wizard in a cookie is handed over at each step", wizard.inACookie],
  ["sqlite", "a step that was filled in on one side is filled in on the other", wizard.goingBack],
  ["sqlite", "requests in Rust lose nothing to each other", concurrent.rustAlone],
  ["sqlite", "what Django saves in between is merged", concurrent.djangoInBetween],
  ["sqlite", "nothing that Rust added is lost by Rust", concurrent.allAtOnce],
  ["sqlite", "nothing at all is lost where Django compares as well", concurrent.allAtOnceCarefully],
  ["sqlite", "each side sweeps only what has expired", sweep.clearing],
  ["file", "a key that is known everywhere may change on one side first", keys.rotated],
  ["file", "a session that one side can't read yet is left alone by it", keys.rotatedTooEarly],
  ["file", "a setting that differs is noticed", broken.isNoticed, BROKEN],
  ["sqlite", "what a Django project prints of its settings is understood and followed", settings.printed],
];

/** Where Django keeps sessions in its table and nowhere else. */
const TABLES = ["sqlite", "postgres", "mysql"];
/** What asks for a session that requests share, or for signatures: not every store has them. */
const LEFT_OUT = {
  signed_cookies: Object.values(concurrent),
  redis: [keys.rotatedTooEarly],
  memcached: [keys.rotatedTooEarly],
};
const ONLY_IN = new Map([
  [sweep.clearing, sweep.SWEPT],
  [concurrent.allAtOnceCarefully, TABLES],
]);

function tried(name) {
  const fits = ([first, , run]) => (LONG || first === name) && (ONLY_IN.get(run)?.includes(name) ?? true);
  const longer = LONGER.filter(fits).map(([, ...test]) => test);
  return [...EVERYWHERE, ...longer].filter(([, run]) => !LEFT_OUT[name]?.includes(run));
}

describe("Django and Rust behind one host name", { concurrency: 2 }, () => {
  for (const name of ASKED) {
    const skip = !isThere(name) && "its server is not there";
    test(name, { skip, timeout: LONG ? 3_600_000 : 600_000 }, async (t) => {
      const site = await openSite(t, name);
      for (const [promise, run, more] of tried(name)) {
        await t.test(promise, (t) => run(t, site, more));
      }
    });
  }
});

after(removeTemplate);
