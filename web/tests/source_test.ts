// Source and assembly, of a real program and of one whose sources are nowhere.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import {
  address,
  counts,
  draws,
  example,
  inAddress,
  inAllLooks,
  madeRecordings,
  recorded,
  settled,
  shows,
  some,
  start,
  type Place,
} from "./support.ts";

let place: Place;
before(async () => {
  const real = recorded("memory-graph", example("memory_graph"));
  place = await start(real, join(madeRecordings(), "before.hone"));
});
after(() => place.stop());

test("opens the hottest function, at its hottest line", async () => {
  const page = await place.open("#/source?a=memory-graph");
  await page.getByRole("grid", { name: /^Source of/ }).waitFor();
  await some(page.locator(".source-pane .cost[title]"));
  await draws(page.locator(".heat-strip"), 1);
  await page.waitForSelector(".tok-keyword");
  await place.check(page);
});

test("hot lines, instructions and the address follow each other", async () => {
  const page = await place.open("#/source?a=memory-graph");
  await page.getByRole("grid", { name: /^Source of/ }).waitFor();
  await page.locator("#page").focus();
  await page.keyboard.press("n");
  await inAddress(page, ".src.line", /^\d+$/);
  const line = (await address(page)).get(".src.line");
  const row = page.locator(".source-pane .code-row[aria-selected=true]");
  await shows(row.locator(".line-number"), new RegExp(`^${line}$`));
  const assembly = page.getByRole("grid", { name: "Assembly" });
  await some(assembly.locator(".is-linked"));
  await assembly.locator(".code-row").first().click();
  await shows(page.locator(".source-strip"), /^0x[0-9a-f]+/);
  await page.locator("#page").focus();
  await page.keyboard.press("a");
  await counts(assembly, 0);
  await place.check(page);
});

test("a file that is not here says what was tried and how to name it", async () => {
  const page = await place.open("#/source?a=before");
  await settled(page);
  const text = await page.locator("main").innerText();
  assert.match(text, /The source file is not here/);
  assert.match(text, /\/src\/demo\.cc/);
  assert.match(text, /hone view --source-path \/src=/);
  await place.check(page);
});

test("in all looks", async () => {
  await inAllLooks(place, "#/source?a=memory-graph", "source");
});
