// Another site tries to do something in a visitor's name; the shop's own pages may.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { isSignedIn, postUnseen, press, signIn, visit } from "./browser.mjs";
import { Client, SHOP } from "./client.mjs";

/** What the other site says at each address, with a token that it got as a visitor of the shop. */
const pages = {
  "/form": (token) => `
    <form method="post" action="${SHOP}/cart/add/1">
      <input name="csrfmiddlewaretoken" value="${token}"><input name="quantity" value="2"><button>Win a prize</button>
    </form>`,
  "/upload": (token) => `
    <form method="post" action="${SHOP}/cart/add/1" enctype="multipart/form-data">
      <input name="csrfmiddlewaretoken" value="${token}"><input type="file" name="file"><button>Win a prize</button>
    </form>`,
  "/logout": () => `<form method="post" action="${SHOP}/logout"><button>Win a prize</button></form>`,
  "/image": () => `<img src="${SHOP}/cart/add/1" alt=""><img src="${SHOP}/cart/clear" alt="">`,
  "/script": () => "",
};

/** Opens the other site on a free port of this machine; returns its port. */
async function otherSite(t) {
  const guest = new Client();
  await guest.open("/login");
  const server = createServer((request, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end(`<!doctype html><title>Another site</title>${pages[request.url]?.(guest.token) ?? ""}`);
  });
  server.listen(0);
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return server.address().port;
}

/** The other site by both names: with the shop's address its requests are same-site, so cookies travel along. */
async function otherSites(t) {
  const port = await otherSite(t);
  return ["127.0.0.1", "localhost"].map((host) => `http://${host}:${port}`);
}

/** A visitor who has something in the cart and is signed in. */
async function visitor(t, options) {
  const page = await visit(t, options);
  await page.goto("/products/7");
  await postUnseen(page, "/cart/add/7");
  await signIn(page);
  return page;
}

async function cart(page) {
  return (await page.request.get("/api/cart")).json();
}

const UNTOUCHED = { items: { 7: 1 }, count: 1 };

for (const javaScriptEnabled of [true, false]) {
  test(`forms of another site are refused, with JavaScript ${javaScriptEnabled ? "on" : "off"}`, async (t) => {
    const page = await visitor(t, { javaScriptEnabled });
    for (const other of await otherSites(t)) {
      for (const path of ["/form", "/upload", "/logout"]) {
        await page.goto(other + path);
        const answer = page.waitForResponse((response) => response.url().startsWith(SHOP));
        const loaded = page.waitForEvent("load");
        await page.getByRole("button", { name: "Win a prize" }).click();
        assert.equal((await answer).status(), 403, other + path);
        await loaded;
        assert.ok(await page.getByRole("heading", { name: "Please send that again" }).isVisible());
      }
    }
    assert.deepEqual(await cart(page), UNTOUCHED);
    await page.goto("/");
    assert.ok(await isSignedIn(page));
  });
}

test("scripts and images of another site change nothing", async (t) => {
  const page = await visitor(t);
  for (const other of await otherSites(t)) {
    await page.goto(`${other}/image`);
    await page.goto(`${other}/script`);
    const tries = await page.evaluate(async (shop) => {
      const credentials = "include";
      const body = new URLSearchParams({ quantity: 2 });
      const json = { "Content-Type": "application/json", "X-CSRFToken": "A".repeat(86) };
      const attempts = [
        fetch(`${shop}/cart/add/1`, { method: "POST", mode: "no-cors", credentials, body }),
        fetch(`${shop}/cart/add/1`, { method: "POST", credentials, body }),
        fetch(`${shop}/api/cart`, { method: "POST", credentials, headers: json, body: '{"product":1,"quantity":2}' }),
        fetch(`${shop}/api/cart`, { method: "POST", mode: "no-cors", credentials, body: '{"product":1,"quantity":2}' }),
        fetch(`${shop}/cart/clear`, { method: "DELETE", credentials }),
      ];
      const ends = await Promise.allSettled(attempts);
      return [...ends.map((end) => end.value?.status ?? 0), navigator.sendBeacon(`${shop}/cart/clear`, body)];
    }, SHOP);
    // Zero is what a script of another site sees of an answer that is none of its business.
    assert.deepEqual(tries, [0, 0, 0, 0, 0, true]);
  }
  assert.deepEqual(await cart(page), UNTOUCHED);
});

test("scripts of the shop's own pages send the token without knowing of it", async (t) => {
  const page = await visitor(t);
  await page.goto("/");
  const statuses = await page.evaluate(async () => {
    const body = () => new URLSearchParams({ quantity: 1 });
    const posted = await fetch("/cart/add/7", { method: "post", body: body() });
    const request = await fetch(new Request("/cart/add/7", { method: "POST", body: body() }));
    const xhr = await new Promise((resolve) => {
      const sent = new XMLHttpRequest();
      sent.open("POST", "/cart/add/7");
      sent.onload = () => resolve(sent.status);
      sent.send(body());
    });
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const own = await new Promise((resolve) => {
      const sent = new XMLHttpRequest();
      sent.open("POST", "/cart/add/7");
      sent.setRequestHeader("X-CSRFToken", token);
      sent.onload = () => resolve(sent.status);
      sent.send(body());
    });
    return [posted.status, request.status, xhr, own];
  });
  assert.deepEqual(statuses, [200, 200, 200, 200]);
  assert.deepEqual(await cart(page), { items: { 7: 5 }, count: 5 });
});

test("a script that sends a token of its own is left alone, by fetch and XMLHttpRequest alike", async (t) => {
  const page = await visitor(t);
  await page.goto("/");
  const statuses = await page.evaluate(async () => {
    const body = () => new URLSearchParams({ quantity: 1 });
    const headers = { "X-CSRFToken": "A".repeat(86) };
    const fetched = await fetch("/cart/add/7", { method: "POST", body: body(), headers });
    const xhr = (own) => new Promise((resolve) => {
      const sent = new XMLHttpRequest();
      sent.open("POST", "/cart/add/7");
      if (own) sent.setRequestHeader("x-csrftoken", own);
      sent.onload = () => resolve(sent.status);
      sent.send(body());
    });
    return [fetched.status, await xhr("A".repeat(86)), await xhr()];
  });
  assert.deepEqual(statuses, [403, 403, 200]);
  assert.deepEqual(await cart(page), { items: { 7: 2 }, count: 2 });
});

test("a form that was open before the sign-in in another tab can still be sent", async (t) => {
  const tab = await visit(t, { javaScriptEnabled: false });
  await tab.goto("/products/3");
  const other = await tab.context().newPage();
  await signIn(other);
  assert.equal((await press(tab, "Add to cart")).status(), 200);
  assert.deepEqual(await cart(tab), { items: { 3: 1 }, count: 1 });
});

test("a token and cookie of somebody else do nothing in the visitor's session", async (t) => {
  const page = await visitor(t);
  const attacker = new Client();
  await attacker.signIn("staff");
  const csrf = attacker.cookies.get("csrftoken");
  const { value } = (await page.context().cookies()).find((cookie) => cookie.name === "sessionid");
  const answer = await fetch(`${SHOP}/cart/add/1`, {
    method: "POST",
    headers: { Cookie: `sessionid=${value}; csrftoken=${csrf}`, "X-CSRFToken": attacker.token },
    redirect: "manual",
  });
  assert.equal(answer.status, 403);
  assert.deepEqual(await cart(page), UNTOUCHED);
});
