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
  outFolder,
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
  const made = madeRecordings();
  place = await start(real, join(made, "before.hone"), join(made, "after.hone"));
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

test("an instruction says which inlined calls it is of, each leads to its line", async () => {
  const page = await place.open("#/source?a=memory-graph");
  const assembly = page.getByRole("grid", { name: "Assembly" });
  await assembly.waitFor();
  // Marked where the call that is dissolved there changes.
  const mark = assembly.locator(".asm-mark").first();
  await mark.waitFor();
  const row = assembly.locator(".code-row", { has: page.locator(".asm-mark") }).first();
  await row.hover();
  const steps = page.getByRole("list", { name: /^Inlined calls at this instruction/ });
  await steps.waitFor();
  await row.click();
  await page.mouse.move(5, 5);
  const buttons = steps.getByRole("button");
  await buttons.first().waitFor();
  const said = await page.locator("[aria-live=polite]").last().innerText();
  assert.match(said, /, in .+/);
  const [, line = ""] = /:(\d+)$/.exec(await buttons.last().innerText()) ?? [];
  await buttons.last().click();
  await page.waitForFunction((to) => location.hash.includes(`src.line=${to}`), line);
  await page
    .locator(`.source-pane .code-row[aria-selected=true] .line-number`, { hasText: line })
    .waitFor();
  await page.screenshot({ path: join(outFolder, "source-inline.png") });
  await place.check(page);
});

test("a function that became slower has B's times beside its own", async () => {
  const page = await place.open("#/source?a=before&b=after");
  await page
    .getByRole("button", { name: /demo::slow/ })
    .first()
    .click();
  await shows(page.locator("main"), /self 200 ms[^]*B self 600 ms/);
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
