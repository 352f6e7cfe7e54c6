// A page as a visitor sees it: what either side's HTML says.

export class Page {
  constructor({ status, path, text, side }) {
    Object.assign(this, { status, path, text, side });
  }

  /** What is said at the top, in this order. */
  get messages() {
    const found = this.text.matchAll(/<p class="message[^"]*" role="(?:status|alert)">([^<]*)<\/p>/g);
    return [...found].map(([, text]) => plain(text));
  }

  get cartCount() {
    return Number(/<b data-cart-count[^>]*>(\d+)<\/b>/.exec(this.text)?.[1]);
  }

  get theme() {
    return /<html[^>]* data-theme="([^"]*)"/.exec(this.text)?.[1];
  }

  get language() {
    return /<html[^>]* lang="([^"]*)"/.exec(this.text)?.[1];
  }

  get isSignedIn() {
    return this.text.includes('action="/logout"');
  }

  get heading() {
    return plain(/<h1[^>]*>([^<]*)</.exec(this.text)?.[1] ?? "");
  }

  /** Returns the first form that fits: where it is sent, and what it holds as it stands. */
  form(fits) {
    for (const [, attributes, inside] of this.text.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)) {
      const form = { action: attribute(attributes, "action") ?? this.path, fields: fieldsOf(inside), inside };
      if (fits(form)) return form;
    }
    throw new Error(`${this.path} (${this.side}, ${this.status}) has no such form:\n${this.text}`);
  }

  /** The form that asks for this field. */
  asking(name) {
    return this.form(({ inside }) => inside.includes(`name="${name}"`));
  }

  /** The form that is sent here, by itself or by one of its buttons. */
  sentTo(path) {
    const form = this.form(({ action, inside }) => action === path || inside.includes(`formaction="${path}"`));
    return { ...form, action: path };
  }
}

/** What a browser would send of these inputs if nobody touched them. */
function fieldsOf(html) {
  const fields = {};
  for (const [, attributes] of html.matchAll(/<input([^>]*)>/g)) {
    const name = attribute(attributes, "name");
    const type = attribute(attributes, "type") ?? "text";
    const isOff = /^(checkbox|radio)$/.test(type) && !/\schecked\b/.test(attributes);
    if (name !== undefined && !isOff && !/^(submit|file)$/.test(type)) fields[name] = attribute(attributes, "value") ?? "";
  }
  return fields;
}

function attribute(attributes, name) {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : plain(value);
}

const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };

/** Undoes what was done to a text so that it could stand in HTML. */
export function plain(html) {
  return html.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return NAMED[name] ?? whole;
  });
}
