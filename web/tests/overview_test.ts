import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import {
  address,
  counts,
  inAllLooks,
  madeRecordings,
  onPage,
  settled,
  shows,
  start,
  type Place,
} from "./support.ts";

let place: Place;
before(async () => {
  const made = madeRecordings();
  place = await start(join(made, "before.hone"), join(made, "after.hone"));
  // While it is being opened the console names each answer that says so.
  const page = await place.open("#/overview?a=after");
  await page.context().close();
});
after(() => place.stop());

test("findings come first, and lead to the line", async () => {
  const page = await place.open("#/overview?a=after");
  const finding = page.locator("[data-finding='dominating-function']");
  await shows(finding, /'demo::slow' .* 66\.7% of CPU time/);
  await finding.getByRole("button", { name: "How it was computed" }).click();
  await shows(finding, /self_share/);
  await finding.getByRole("button", { name: "Its lines and instructions" }).click();
  await settled(page);
  const state = await address(page);
  assert.equal(state.page, "source");
  assert.match(state.get("f") ?? "", /^[0-9a-f]{16}$/);
  await page.goBack();
  await onPage(page, "overview");
  await place.check(page);
});

test("compare says what B adds", async () => {
  const page = await place.open("#/overview?a=before&b=after");
  const card = page.locator(".compare");
  await shows(card, /CPU time .*\+/);
  const spans = card.getByRole("list", { name: /^Spans/ });
  await shows(spans, /Stage::slow\s+1\.92 ms → 5\.92 ms\s+regressed\s+\+208/);
  const changed = card.getByRole("list", { name: /^Functions/ });
  const first = changed.locator("li").first();
  await shows(first, /demo::slow\(\)/);
  await shows(first, /regressed/);
  await page.keyboard.press("x");
  await settled(page);
  const state = await address(page);
  assert.equal(state.get("a"), "after");
  assert.equal(state.get("b"), "before");
  await shows(changed.locator("li").first(), /improved/);
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
  await counts(cards, count - 1);
  await page.getByRole("button", { name: /Show 1 dismissed/ }).click();
  await counts(cards, count);
});

test("in all looks", () => inAllLooks(place, "#/overview?b=after", "overview"));
