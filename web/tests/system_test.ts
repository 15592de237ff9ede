import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { inAllLooks, madeRecordings, shows, some, start, type Place } from "./support.ts";

let place: Place;
before(async () => {
  const made = madeRecordings();
  place = await start(join(made, "before.hone"), join(made, "after.hone"), join(made, "cut.hone"));
});
after(() => place.stop());

test("facts, quality, modules and the doctor", async () => {
  const page = await place.open("#/system");
  const text = await page.locator("main").innerText();
  assert.match(text, /Samples\s+500/);
  assert.match(text, /\/usr\/bin\/demo/);
  assert.match(text, /What this machine permits/);
  await place.check(page);
});

test("facts that differ between A and B are marked", async () => {
  const page = await place.open("#/system?a=before&b=after");
  const text = await page.locator("main").innerText();
  assert.match(text, /B after/);
  assert.match(text, /Samples\s+500\s+900/);
});

test("what a cut recording lost is said, on every page", async () => {
  const page = await place.open("#/system?a=cut");
  await shows(page.locator("main"), /data lost|error/);
  await some(page.locator(".quality.is-bad"));
});

test("in all looks", () => inAllLooks(place, "#/system?b=after", "system"));
