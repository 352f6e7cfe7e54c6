// Two tabs, two presses, two requests at once: nothing mixes, nothing is overwritten, nothing is done twice.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { press, signIn, visit } from "./browser.mjs";
import { ADA, ADDRESS, SAVE, answers, eachWay, fill, goOn, handedIn, heading, toReview } from "./wizard.mjs";

eachWay("two tabs on two runs never mix", async (t, options) => {
  const page = await visit(t, options);
  await page.goto("/register");
  await fill(page, ADA);
  const other = await page.context().newPage();
  await other.goto("/register?new");
  await goOn(other, { ...ADA, "First name": "Grace", "For a business": true });
  await page.bringToFront();
  await goOn(page, {});
  for (const [tab, name] of [[page, "Ada"], [other, "Grace"]]) {
    await tab.bringToFront();
    assert.equal(await heading(tab), "Your address");
    await press(tab, /^Back$/);
    assert.equal(await tab.getByLabel("First name").inputValue(), name);
  }
});

eachWay("a stale tab sees both versions, and the visitor says which counts", async (t, options) => {
  for (const takes of ["what is saved", "what was sent"]) {
    const page = await visit(t, options);
    await page.goto("/register");
    const stale = await page.context().newPage();
    await stale.goto(page.url());
    // Browsers let tabs wait that nobody sees.
    await page.bringToFront();
    await goOn(page, ADA);
    await stale.bringToFront();
    assert.equal(await goOn(stale, { ...ADA, "First name": "Grace", "For a business": true }), 409);
    assert.equal(await heading(stale), "This page was changed elsewhere");
    assert.equal((await answers(stale, "What is saved now"))["First name"], "Ada");
    assert.equal(await stale.getByLabel("First name").inputValue(), "Grace");
    if (takes === "what is saved") {
      await stale.getByRole("link", { name: "Keep what is saved" }).click();
      assert.equal(await stale.getByLabel("First name").inputValue(), "Ada");
    } else {
      await press(stale, "Take what I have sent");
      assert.equal(await heading(stale), "Your address");
      await press(stale, /^About you/);
      assert.equal(await stale.getByLabel("First name").inputValue(), "Grace");
    }
  }
});

for (const who of ["a customer", "a guest"]) {
  eachWay(`a double click of ${who} hands a document in once, and it is found`, async (t, options) => {
    const page = await visit(t, options);
    if (who === "a customer") await signIn(page);
    const title = `Receipt ${randomUUID()}`;
    await toReview(page, title);
    const button = page.getByRole("button", { name: "Send" });
    const { x, y, width, height } = await button.boundingBox();
    await page.mouse.dblclick(x + width / 2, y + height / 2);
    await page.getByText(`We keep “${title}” for you.`).waitFor();
    // Other visits of the same user hand documents in, too.
    assert.equal((await handedIn(page)).filter((one) => one === title).length, 1);
  });
}

eachWay("the same page sent ten times at once is answered alike and done once", async (t, options) => {
  const page = await visit(t, options);
  await toReview(page);
  const hidden = page.locator("#wizard input[type=hidden]");
  const fields = await hidden.evaluateAll((inputs) => inputs.map((input) => [input.name, input.value]));
  const form = { ...Object.fromEntries(fields), continue: "1" };
  const sent = Array.from({ length: 10 }, () => page.request.post(page.url(), { form, maxRedirects: 0 }));
  const answered = (await Promise.all(sent)).map((answer) => [answer.status(), answer.headers().location]);
  const end = page.url().replace(/[^/]+$/, "finished");
  for (const [status, to] of answered) assert.deepEqual([status, new URL(to, end).href], [303, end]);
  assert.deepEqual(await handedIn(page), ["Receipt"]);
});

eachWay("a step that can't be visited yet, or that nobody knows, leads to the one that can", async (t, options) => {
  const page = await visit(t, options);
  await page.goto("/register");
  await goOn(page, ADA);
  for (const step of ["confirm", "company", "nonsense"]) {
    await page.goto(page.url().replace(/[^/]+$/, step));
    assert.equal(await heading(page), "Your address", step);
  }
});

eachWay("answers that were saved for later wait at the wizard's own address", async (t, options) => {
  const page = await visit(t, options);
  await page.goto("/register");
  await goOn(page, ADA);
  await goOn(page, { "Town or city": "Lon" }, SAVE);
  assert.equal(await heading(page), "Your answers are saved");
  await page.goto("/");
  await page.goto("/register");
  assert.equal(await page.getByLabel("Town or city").inputValue(), "Lon");
  await goOn(page, ADDRESS);
  assert.equal(await heading(page), "Check your answers");
});
