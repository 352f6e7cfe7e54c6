// Signed in on one side is signed in on both; so is signed out.

import assert from "node:assert/strict";
import { PASSWORD } from "./sides.mjs";
import { Visitor } from "./visitor.mjs";
import { signIn, Walk } from "./walk.mjs";

const SIDES = ["django", "rust"];
const OTHER = { django: "rust", rust: "django" };

export async function signingOut(t, site) {
  for (const side of SIDES) {
    const walk = await signedIn(site, OTHER[side]);
    const copy = walk.visitor.copy();
    const page = await walk.visitor.open(side, "/cart");
    const farewell = await walk.visitor.submit(`${side}>${OTHER[side]}`, page.sentTo("/logout"));
    assert.deepEqual(farewell.messages, ["You are signed out. See you soon."], `left on ${side}`);
    for (const shown of SIDES) {
      const after = await walk.visitor.open(shown, "/cart");
      assert.deepEqual([after.isSignedIn, after.cartCount, after.messages], [false, 0, []], `${shown} after leaving ${side}`);
      // A signed cookie is all there is of such a session, so a copy of it lives on; Django's documentation says so.
      if (site.name === "signed_cookies") continue;
      assert.equal((await copy.open(shown, "/cart")).isSignedIn, false, `a kept cookie at ${shown}, left on ${side}`);
    }
  }
}

export async function aNewPassword(t, site) {
  const sides = [await signedIn(site, "django"), await signedIn(site, "rust")];
  const owner = await signedIn(site, "rust");
  await changePassword(owner.visitor, PASSWORD, `${PASSWORD}-2`);
  for (const { visitor } of sides) {
    for (const side of ["rust", "django"]) {
      assert.equal((await visitor.open(side, "/")).isSignedIn, false, `${side}: signed in before the password changed`);
    }
  }
  for (const side of SIDES) {
    assert.equal((await owner.visitor.open(side, "/")).isSignedIn, true, `${side}: who changed it stays`);
  }
  await changePassword(owner.visitor, `${PASSWORD}-2`, PASSWORD);
}

async function changePassword(visitor, old, fresh) {
  const page = await visitor.open("django", "/account");
  const fields = { old_password: old, new_password1: fresh, new_password2: fresh };
  await visitor.submit("django", page.asking("new_password1"), fields);
  const { status, isSignedIn } = visitor.page;
  assert.deepEqual({ status, isSignedIn }, { status: 200, isSignedIn: true });
}

/** A visitor with something in the cart who came in by this side's door. */
async function signedIn(site, side) {
  const walk = new Walk(new Visitor(site.url));
  walk.side = side;
  walk.one = () => side;
  const page = await walk.open("/products/1");
  walk.put(1, 1);
  walk.say("added", page.heading);
  await walk.send(page.asking("quantity"), { quantity: "1" });
  await signIn(walk);
  await walk.look();
  return walk;
}
