// A visitor who is led from one side to the other at each step, beside a note of what has to be seen.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PASSWORD } from "./sides.mjs";

const TEXTS = JSON.parse(readFileSync(new URL("../site/outfitter/texts.json", import.meta.url)));
const SIDES = ["django", "rust"];
const PAGES = ["/", "/cart", "/preferences", "/posts", "/products/7"];
/** More than one cookie of messages holds, so that the rest goes into the session. */
const PILE = 9;

/** What happens at a step, and how often of a hundred times. */
const ACTIONS = [
  [22, look],
  [30, add],
  [14, order],
  [8, remove],
  [10, prefer],
  [8, pin],
  [6, addUnseen],
  [1, clear],
  [1, pileUp],
];

/** What the visitor did, and so has to find on every page from then on. */
export class Walk {
  cart = {};
  language = "en";
  theme = undefined;
  isSignedIn = false;
  /** What was said and not shown yet. */
  waiting = [];
  hops = 0;
  done = {};

  constructor(visitor, { seed = 1, without = [] } = {}) {
    this.visitor = visitor;
    this.random = randomly(seed);
    this.actions = ACTIONS.filter(([, action]) => !without.includes(action.name));
  }

  /** Takes this many steps, each to the other side than the one before; signs in on the way. */
  async go(hops, { signInAt = Math.min(7, Math.floor(hops / 2)) } = {}) {
    for (let hop = 0; hop < hops; hop++) {
      this.side = SIDES[this.hops++ % 2];
      const action = hop === signInAt && !this.isSignedIn ? signIn : this.#any();
      this.done[action.name] = (this.done[action.name] ?? 0) + 1;
      try {
        await action(this);
      } catch (error) {
        error.message = `step ${this.hops}, ${action.name} on ${this.side}: ${error.message}`;
        throw error;
      }
    }
    await this.look();
  }

  /** Looks at the cart on both sides, as a page and as a script sees it. */
  async look() {
    for (const side of SIDES) {
      this.side = side;
      await this.open("/cart");
      const seen = await this.visitor.script(side, "/api/cart");
      assert.deepEqual(seen, { status: 200, body: { items: this.cart, count: this.count } }, `the cart on ${side}`);
    }
  }

  get count() {
    return Object.values(this.cart).reduce((sum, quantity) => sum + quantity, 0);
  }

  /** Opens a page on this side, where everything has to be in order. */
  async open(path) {
    return this.see(await this.visitor.open(this.side, path), this.side);
  }

  /** Sends a form of the page to either side, and sees on either what has come of it. */
  async send(form, more) {
    const [writes, reads] = [this.one(SIDES), this.one(SIDES)];
    const page = await this.visitor.submit(`${writes}>${reads}`, form, more);
    assert.equal(page.status, 200, `${form.action} sent to ${writes}, shown by ${reads}`);
    return this.see(page, reads);
  }

  say(text, name = "") {
    this.waiting.push(TEXTS[text][this.language].replace("{}", name));
  }

  see(page, side) {
    const seen = {
      side: page.side,
      status: page.status,
      messages: page.messages,
      count: page.cartCount,
      theme: page.theme,
      language: page.language,
      isSignedIn: page.isSignedIn,
    };
    const { waiting: messages, count, theme, language, isSignedIn } = this;
    assert.deepEqual(seen, { side, status: 200, messages, count, theme, language, isSignedIn }, page.path);
    this.waiting = [];
    return page;
  }

  put(product, quantity) {
    this.cart[product] = (this.cart[product] ?? 0) + quantity;
  }

  one(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  #any() {
    const all = this.actions.reduce((sum, [weight]) => sum + weight, 0);
    let at = this.random() * all;
    return this.actions.find(([weight]) => (at -= weight) < 0)[1];
  }
}

async function look(walk) {
  await walk.open(walk.one(PAGES));
}

async function add(walk) {
  const { product, form, name } = await productPage(walk);
  walk.put(product, 1);
  walk.say("added", name);
  await walk.send(form, { quantity: "1" });
}

/** Two things are put in before the next page is seen, so both messages wait for it. */
async function addUnseen(walk) {
  const { product, form, name } = await productPage(walk);
  for (const side of SIDES) {
    const status = await walk.visitor.submitUnseen(side, form, { quantity: "1" });
    assert.equal(status, 303, `adding on ${side}`);
    walk.put(product, 1);
    walk.say("added", name);
  }
  await walk.open("/cart");
}

async function order(walk) {
  await walk.open("/cart");
  await walk.open("/preferences");
  const product = randomProduct(walk);
  const side = walk.one(SIDES);
  walk.put(product, 2);
  const { status } = await walk.visitor.script(side, "/api/cart", { product, quantity: 2 });
  assert.equal(status, 200, `ordering on ${side}`);
}

async function remove(walk) {
  const product = walk.one(Object.keys(walk.cart));
  if (product === undefined) return look(walk);
  const { heading: name } = await walk.open(`/products/${product}`);
  const page = await walk.open("/cart");
  delete walk.cart[product];
  walk.say("removed", name);
  await walk.send(page.sentTo(`/cart/remove/${product}`));
}

async function clear(walk) {
  if (walk.count === 0) return look(walk);
  const page = await walk.open("/cart");
  walk.cart = {};
  walk.say("cleared");
  await walk.send(page.sentTo("/cart/clear"));
}

async function prefer(walk) {
  const page = await walk.open("/preferences");
  const [theme, language] = [walk.one(["light", "dark"]), walk.one(Object.keys(TEXTS.added))];
  // The text is chosen by the language before the change on one side and after it on the other; so it is kept apart.
  Object.assign(walk, { theme });
  walk.say("saved");
  await walk.send(page.asking("theme"), { theme, language: walk.language });
  await changeLanguage(walk, language);
}

/** The side that saves the language may already thank in it. */
async function changeLanguage(walk, language) {
  const page = await walk.open("/preferences");
  const status = await walk.visitor.submitUnseen(walk.side, page.asking("theme"), { theme: walk.theme, language });
  assert.equal(status, 303);
  walk.language = language;
  walk.say("saved");
  await walk.open("/preferences");
}

async function pin(walk) {
  const page = await walk.open("/posts/new");
  const title = walk.one(["Hello", "Grüße <b>", "안녕하세요", 'Quote " & ; , \\ end', "नमस्ते 🧣"]);
  walk.say("pinned", title);
  await walk.send(page.asking("body"), { title, body: "x" });
}

async function pileUp(walk) {
  const page = await walk.open("/posts/new");
  for (let note = 0; note < PILE; note++) {
    const title = `${note} ${"마흔 자가 넘는 제목 ".repeat(6)}`.trim();
    const status = await walk.visitor.submitUnseen(walk.one(SIDES), page.asking("body"), { title, body: "x" });
    assert.equal(status, 303);
    walk.say("pinned", title);
  }
  await walk.open("/posts");
}

export async function signIn(walk, username = "demo") {
  const page = await walk.open("/login");
  walk.isSignedIn = true;
  walk.say("signed_in", username);
  await walk.send(page.asking("password"), { username, password: PASSWORD, remember: "on" });
}

async function productPage(walk) {
  const product = randomProduct(walk);
  const page = await walk.open(`/products/${product}`);
  return { product, form: page.asking("quantity"), name: page.heading };
}

function randomProduct(walk) {
  return 1 + Math.floor(walk.random() * 50);
}

/** Numbers from 0 to 1 that are the same in every run: mulberry32. */
function randomly(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
