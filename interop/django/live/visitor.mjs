// A visitor without a browser: cookies, forms, redirects, and a word on which side shall answer.

import { Page } from "./page.mjs";

const SIDE = "x-interop-side";

export class Visitor {
  /** The cookies as name and value. */
  cookies = new Map();
  /** What is seen now. */
  page = undefined;

  constructor(url) {
    this.url = url;
  }

  /** Another device that holds the very same cookies. */
  copy() {
    const copy = new Visitor(this.url);
    copy.cookies = new Map(this.cookies);
    return copy;
  }

  /** Goes to a page. */
  async open(side, path) {
    this.page = await this.#follow(side, await this.#send(side, path, {}));
    return this.page;
  }

  /** Sends a form of this page with more or other fields; goes where that leads. */
  async submit(side, form, more = {}) {
    this.page = await this.#follow(side, await this.#post(side, form, more));
    return this.page;
  }

  /** Sends a form and does not look at the answer. */
  async submitUnseen(side, form, more = {}) {
    return (await this.#post(side, form, more)).status;
  }

  /** Asks as a script on this page would; returns status and JSON. */
  async script(side, path, body) {
    const init = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    if (init) init.headers["X-CSRFToken"] = this.page.asking("csrfmiddlewaretoken").fields.csrfmiddlewaretoken;
    const answer = await this.#send(side, path, init ?? {});
    return { status: answer.status, body: answer.status === 403 ? undefined : JSON.parse(answer.text) };
  }

  cookieHeader() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #post(side, form, more) {
    return this.#send(side, form.action, { method: "POST", body: new URLSearchParams({ ...form.fields, ...more }) });
  }

  async #follow(side, answer) {
    for (let steps = 0; answer.status >= 300 && answer.status < 400; steps++) {
      if (steps === 10) throw new Error(`${answer.path} leads round in circles`);
      answer = await this.#send(side, answer.headers.get("location"), {});
    }
    return new Page(answer);
  }

  async #send(side, where, init) {
    const url = new URL(where, this.page ? new URL(this.page.path, this.url) : this.url);
    const headers = { ...init.headers, Cookie: this.cookieHeader(), [SIDE]: side };
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#take(line);
    const { status, headers: said } = response;
    return { status, headers: said, path: url.pathname, side: said.get("x-served-by"), text: await response.text() };
  }

  #take(line) {
    const [, name, value] = /^\s*([^=]+)=([^;]*)/.exec(line);
    if (/;\s*max-age=(0|-\d+)\s*(;|$)/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
