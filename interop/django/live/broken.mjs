// What these tests are worth: each setting in which the sides can differ makes the hops fail.

import assert from "node:assert/strict";
import { Visitor } from "./visitor.mjs";
import { Walk } from "./walk.mjs";

const BROKEN = {
  SECRET_KEY: "another-key-of-one-side-alone-0123456789-abcdefghijklmn",
  SESSION_COOKIE_NAME: "another",
  SESSION_ENGINE: ({ name }) => `django.contrib.sessions.backends.${name === "signed_cookies" ? "cache" : "signed_cookies"}`,
  CSRF_COOKIE_NAME: "another",
  CSRF_USE_SESSIONS: true,
  MESSAGE_STORAGE: "django.contrib.messages.storage.session.SessionStorage",
  AUTHENTICATION_BACKENDS: ["django.contrib.auth.backends.RemoteUserBackend"],
};

/** Breaks one setting after the other on Django's side. */
export async function isNoticed(t, site, { only = Object.keys(BROKEN) } = {}) {
  for (const name of only) {
    const value = typeof BROKEN[name] === "function" ? BROKEN[name](site) : BROKEN[name];
    await site.change("django", { overrides: { [name]: value } });
    const walk = new Walk(new Visitor(site.url), { seed: 3 });
    await assert.rejects(walk.go(20), `${name} differs, and nobody saw it`);
  }
  await site.change("django", {});
}
