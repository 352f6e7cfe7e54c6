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

/**
 * Lets slow and quick writes race a logout, so many rounds; returns how many sessions came back, and how many of the
 * slow writes began before the logout and ended after it.
 */
export async function raceLogout(rounds) {
  let back = 0;
  let overtaken = 0;
  for (let round = 0; round < rounds; round++) {
    const visitor = new Client();
    await visitor.signIn();
    const ticket = visitor.cookies.get("sessionid");

    const finish = await visitor.slowPostJson("/api/cart", { product: 100, quantity: 1 });
    const adds = [1, 2, 3].map((id) => visitor.post(`/cart/add/${id}`));
    const answers = await Promise.all([visitor.post("/logout"), ...adds]);
    const slow = await finish();
    const statuses = [...answers.map((answer) => answer.status), slow.statusCode];
    if (statuses.some((status) => status >= 400)) throw new Error(`the racing requests answered ${statuses}`);

    if (takesTheTicketBack(slow)) overtaken += 1;
    if (await opensAnything(ticket)) back += 1;
  }
  return { back, overtaken };
}

async function withSession() {
  const visitor = new Client();
  await visitor.open("/login");
  await visitor.post("/preferences", { theme: "light", language: "en" });
  return visitor;
}

/** Whether the response clears the session cookie, as one does whose session ended under its hands. */
function takesTheTicketBack(response) {
  const lines = response.headers["set-cookie"] ?? [];
  return lines.some((line) => /^sessionid=.*max-age=0/i.test(line));
}

/** Whether the old ticket still gets a coat. */
async function opensAnything(ticket) {
  const thief = new Client();
  thief.cookies.set("sessionid", ticket);
  if (await thief.isSignedIn()) return true;
  thief.cookies.set("sessionid", ticket);
  return (await thief.cart()).count !== 0;
}
