// Many requests at once on one session: what every one of them wrote must be there, and a logout must last.

import { Client } from "./client.mjs";

const WRITERS = 64;

/** Adds 64 products at once, so many rounds; returns how many adds were lost. */
export async function addInParallel(rounds) {
  let lost = 0;
  for (let round = 0; round < rounds; round++) {
    const visitor = await withSession();
    const ids = Array.from({ length: WRITERS }, (_, index) => index + 1);
    const answers = await Promise.all(ids.map((id) => visitor.post(`/cart/add/${id}`)));
    const refused = answers.filter((answer) => answer.status !== 303).length;
    if (refused > 0) throw new Error(`${refused} of ${WRITERS} parallel adds were refused`);
    const { items } = await visitor.cart();
    lost += ids.filter((id) => items[id] !== 1).length;
  }
  return lost;
}

/** Lets slow and quick writes race a logout, so many rounds; returns how many sessions came back. */
export async function raceLogout(rounds) {
  let back = 0;
  for (let round = 0; round < rounds; round++) {
    const visitor = new Client();
    await visitor.signIn();
    const ticket = visitor.cookies.get("sessionid");

    const finish = await visitor.slowPostJson("/api/cart", { product: 100, quantity: 1 });
    const adds = [1, 2, 3].map((id) => visitor.post(`/cart/add/${id}`));
    const logout = visitor.post("/logout");
    const answers = await Promise.all([logout, ...adds]);
    const statuses = [...answers.map((answer) => answer.status), await finish()];
    if (statuses.some((status) => status >= 500)) throw new Error(`a racing request answered ${statuses}`);

    if (await opensAnything(ticket)) back += 1;
  }
  return back;
}

async function withSession() {
  const visitor = new Client();
  await visitor.open("/login");
  await visitor.post("/preferences", { theme: "light", language: "en" });
  return visitor;
}

/** Whether the old ticket still gets a coat. */
async function opensAnything(ticket) {
  const thief = new Client();
  thief.cookies.set("sessionid", ticket);
  if (await thief.isSignedIn()) return true;
  thief.cookies.set("sessionid", ticket);
  return (await thief.cart()).count !== 0;
}
