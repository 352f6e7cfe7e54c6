// A visitor without a browser: plain requests, and a cookie jar one can look into.

import { request } from "node:http";

export const SHOP = process.env.SHOP_URL;
export const PASSWORD = process.env.SHOP_PASSWORD;

export class Client {
  /** The cookies as name and value; tests may put in what they like. */
  cookies = new Map();
  /** The last `Set-Cookie` line of each name. */
  setCookies = new Map();

  constructor(shop = SHOP) {
    this.shop = shop;
  }

  get(path) {
    return this.#send(path, {});
  }

  /** Posts a form, with the CSRF token that `open` found. */
  post(path, fields = {}) {
    const body = new URLSearchParams({ csrfmiddlewaretoken: this.token, ...fields });
    return this.#send(path, { method: "POST", body });
  }

  postJson(path, value) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.token };
    return this.#send(path, { method: "POST", headers, body: JSON.stringify(value) });
  }

  /** Gets a page with a form and keeps its CSRF token for the posts that follow. */
  async open(path) {
    const response = await this.get(path);
    const field = /<input[^>]*name="csrfmiddlewaretoken"[^>]*>/.exec(response.text)?.[0] ?? "";
    this.token = /value="([^"]+)"/.exec(field)?.[1];
    return response;
  }

  async signIn(username = "demo") {
    await this.open("/login");
    const response = await this.post("/login", { username, password: PASSWORD });
    if (response.status !== 303) throw new Error(`signing in answered ${response.status}`);
    await this.open("/");
  }

  async cart() {
    return JSON.parse((await this.get("/api/cart")).text);
  }

  /** Whether the shop offers to sign out. */
  async isSignedIn() {
    return (await this.get("/")).text.includes('action="/logout"');
  }

  /** Sends a JSON post, once the server waits for its body only the first half of that; the returned function sends the rest. */
  async slowPostJson(path, value) {
    const body = JSON.stringify(value);
    const half = Math.floor(body.length / 2);
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": body.length,
      "X-CSRFToken": this.token,
      Cookie: this.cookieHeader(),
      Expect: "100-continue",
    };
    const sent = request(new URL(path, this.shop), { method: "POST", headers });
    const answer = new Promise((resolve, reject) => {
      sent.on("error", reject);
      sent.on("response", (response) => response.resume().on("end", () => resolve(response)));
    });
    sent.flushHeaders();
    await Promise.race([new Promise((resolve) => sent.on("continue", resolve)), answer]);
    sent.write(body.slice(0, half));
    return () => {
      sent.end(body.slice(half));
      return answer;
    };
  }

  cookieHeader() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async #send(path, init) {
    const headers = { ...init.headers, Cookie: this.cookieHeader() };
    const response = await fetch(new URL(path, this.shop), { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#take(line);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  #take(line) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    this.setCookies.set(name, line);
    if (/;\s*max-age=(0|-\d+)/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
