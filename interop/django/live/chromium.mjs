// The same visitor in a real browser.

import { visit } from "../../../e2e/browser.mjs";
import { Page } from "./page.mjs";

const SIDE = "x-interop-side";

export class BrowserVisitor {
  static async of(t, url) {
    return new BrowserVisitor(await visit(t, { baseURL: url }));
  }

  constructor(tab) {
    this.tab = tab;
  }

  async open(side, path) {
    await this.#lead(side);
    return this.#seen(await this.tab.goto(path, { waitUntil: "load" }));
  }

  /** Fills the fields of the form that stands on the page, and sends it past the page's scripts. */
  async submit(side, form, more = {}) {
    await this.#lead(side);
    const answer = this.tab.waitForResponse(
      (response) => response.request().isNavigationRequest() && (response.status() < 300 || response.status() >= 400),
    );
    const loaded = this.tab.waitForEvent("load");
    await this.tab.evaluate(send, { action: form.action, fields: { ...form.fields, ...more } });
    await loaded;
    return this.#seen(await answer);
  }

  /** Sends a form behind the page's back. */
  async submitUnseen(side, form, more = {}) {
    const headers = { [SIDE]: side };
    const answer = await this.tab.request.post(form.action, { form: { ...form.fields, ...more }, headers, maxRedirects: 0 });
    return answer.status();
  }

  async script(side, path, body) {
    await this.#lead(side);
    const token = body && this.page.asking("csrfmiddlewaretoken").fields.csrfmiddlewaretoken;
    return this.tab.evaluate(
      async ([path, body, token]) => {
        const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
        const init = body ? { method: "POST", headers, body: JSON.stringify(body) } : {};
        const answer = await fetch(path, init);
        return { status: answer.status, body: answer.status === 403 ? undefined : await answer.json() };
      },
      [path, body, token],
    );
  }

  #lead(side) {
    return this.tab.context().setExtraHTTPHeaders({ [SIDE]: side });
  }

  async #seen(answer) {
    const path = new URL(this.tab.url()).pathname;
    const side = answer.headers()["x-served-by"];
    this.page = new Page({ status: answer.status(), path, text: await this.tab.content(), side });
    return this.page;
  }
}

/** Runs in the page. */
function send({ action, fields }) {
  const names = Object.keys(fields);
  const isIt = (form) => names.some((name) => form.elements.namedItem(name)) && !form.action.endsWith("/logout");
  const form = [...document.forms].find(isIt);
  form.setAttribute("action", action);
  form.replaceChildren();
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  HTMLFormElement.prototype.submit.call(form);
}
