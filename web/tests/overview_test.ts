import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { address, inAllLooks, madeRecordings, type Place, settled, start } from "./support.ts";

let place: Place;
before(async () => {
  const made = madeRecordings();
  place = await start(join(made, "before.hone"), join(made, "after.hone"));
});
after(() => place.stop());

test("findings come first, and lead to the line", async () => {
  const page = await place.open("#/overview?a=after");
  const finding = page.locator("[data-finding='dominating-function']");
  assert.match(await finding.innerText(), /'demo::slow' .* 66\.7% of CPU time/);
  await finding.getByRole("button", { name: "How it was computed" }).click();
  assert.match(await finding.innerText(), /self_share/);
  await finding.getByRole("button", { name: "Its lines and instructions" }).click();
  await settled(page);
  const state = await address(page);
  assert.equal(state.page, "source");
  assert.match(state.get("f") ?? "", /^[0-9a-f]{16}$/);
  await page.goBack();
  assert.equal((await address(page)).page, "overview");
  await place.check(page);
});

test("compare says what B adds", async () => {
  const page = await place.open("#/overview?a=before&b=after");
  const card = page.locator(".compare");
  assert.match(await card.innerText(), /CPU time .*\+/);
  const first = card.locator("li").first();
  assert.match(await first.innerText(), /demo::slow\(\)/);
  assert.match(await first.innerText(), /regressed/);
  await page.keyboard.press("x");
  await settled(page);
  const state = await address(page);
  assert.equal(state.get("a"), "after");
  assert.equal(state.get("b"), "before");
  assert.match(await card.locator("li").first().innerText(), /improved/);
  await place.check(page);
});

test("a finding that was dismissed comes back", async () => {
  const page = await place.open("#/overview?a=after");
  const cards = page.locator("[data-finding]");
  const count = await cards.count();
  await cards
    .first()
    .getByRole("button", { name: /Dismiss/ })
    .click();
  assert.equal(await cards.count(), count - 1);
  await page.getByRole("button", { name: /Show 1 dismissed/ }).click();
  assert.equal(await cards.count(), count);
});

test("in all looks", () => inAllLooks(place, "#/overview?b=after", "overview"));
