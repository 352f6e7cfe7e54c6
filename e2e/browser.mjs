// A real browser; every test gets a visitor of its own, with cookies of its own.

import { after } from "node:test";
import { chromium } from "playwright-core";
import { PASSWORD, SHOP } from "./client.mjs";

let launched;
after(async () => (await launched)?.close());

/** Returns a fresh page; what a script on it throws fails the test. */
export async function visit(t, options = {}) {
  launched ??= launch();
  const context = await (await launched).newContext({ baseURL: SHOP, ...options });
  context.setDefaultTimeout(15_000);
  const thrown = [];
  context.on("weberror", (error) => thrown.push(error.error()));
  t.after(async () => {
    await context.close();
    if (thrown.length > 0) throw thrown[0];
  });
  return context.newPage();
}

/** Presses a button that sends a form; returns the answer that the visitor ends up with. */
export async function press(page, name) {
  const answer = page.waitForResponse(
    (response) => response.request().isNavigationRequest() && response.status() !== 303,
  );
  const loaded = page.waitForEvent("load");
  await page.getByRole("main").getByRole("button", { name }).click();
  await loaded;
  return answer;
}

/** What the shop says in its messages, top to bottom. */
export function messages(page) {
  return page.getByRole("status").allTextContents();
}

/** Fills in the sign-in form and sends it. */
export async function signIn(page, { name = "demo", password = PASSWORD, remember = false } = {}) {
  await page.goto("/login");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Remember me").setChecked(remember);
  return press(page, "Sign in");
}

/** Whether the page greets somebody who is signed in. */
export async function isSignedIn(page) {
  const menu = page.getByRole("navigation", { name: "Main menu" });
  const [out, inn] = [menu.getByRole("button", { name: "Sign out" }), menu.getByRole("link", { name: "Sign in" })];
  return (await out.isVisible()) && !(await inn.isVisible());
}

/** Posts a form behind the page's back, so that the visitor sees no answer. */
export async function postUnseen(page, path, fields = {}) {
  const csrfmiddlewaretoken = await page.locator("[name=csrfmiddlewaretoken]").first().inputValue();
  const form = { csrfmiddlewaretoken, ...fields };
  const answer = await page.request.post(path, { form, maxRedirects: 0 });
  return answer.status();
}

/** The cookie of this name as the browser keeps it. */
export async function cookie(page, name) {
  const cookies = await page.context().cookies();
  return cookies.find((cookie) => cookie.name === name);
}

/** Puts other bytes under the name of one of the shop's cookies. */
export async function putCookie(page, name, value) {
  await page.context().addCookies([{ name, value, url: SHOP, httpOnly: true, sameSite: "Lax" }]);
}

function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--no-first-run",
      "--disable-sync",
      "--disable-quic",
    ],
  });
}
