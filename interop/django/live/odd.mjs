// What Django keeps in a session and Rust does not read: left where it is, with its cookie.

import assert from "node:assert/strict";
import { STAND_IN } from "./sides.mjs";
import { Visitor } from "./visitor.mjs";
import { signIn, Walk } from "./walk.mjs";

/** What Django can keep in each store: JSON has no dates, Python pickles nothing so deep, and not every place has room for millions of bytes. */
const ODD = {
  redis: ["date", "large"],
  memcached: ["date"],
  cached_db: ["large"],
  signed_cookies: ["deep"],
};
const IN_JSON = ["deep", "large"];

export async function isLeftAlone(t, site) {
  if (STAND_IN) return t.skip("Django reads it all");
  for (const kind of ODD[site.name] ?? IN_JSON) {
    const walk = new Walk(new Visitor(site.url));
    walk.side = "django";
    walk.one = () => "django";
    await signIn(walk);
    const { visitor } = walk;
    const order = (await visitor.open("django", "/products/1")).asking("quantity");
    await visitor.submit("django", order, { quantity: "2" });
    await visitor.open("django", `/odd/${kind}`);
    const cookie = visitor.cookies.get("sessionid");
    for (const path of ["/", "/cart", "/preferences"]) {
      const page = await visitor.open("rust", path);
      assert.deepEqual([page.status, page.isSignedIn, page.cartCount], [200, false, 0], `${kind}: ${path} in Rust`);
    }
    const status = await visitor.submitUnseen("rust", order, { quantity: "1" });
    assert.equal(status, 503, `${kind}: nothing is written over it`);
    assert.equal(visitor.cookies.get("sessionid"), cookie, `${kind}: the cookie stays`);
    const after = await visitor.open("django", "/cart");
    assert.deepEqual([after.isSignedIn, after.cartCount], [true, 2], `${kind}: Django has it all`);
    await visitor.open("django", `/odd/${kind}/gone`);
    const healed = await visitor.open("rust", "/cart");
    assert.deepEqual([healed.isSignedIn, healed.cartCount], [true, 2], `${kind}: taken away, Rust has it all`);
  }
}
