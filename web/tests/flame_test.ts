// The flame graph: what keys and pointer do to it, of one recording and of two.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import {
  counts,
  inAddress,
  inAllLooks,
  madeRecordings,
  settled,
  shows,
  start,
  type Place,
} from "./support.ts";

let place: Place;
before(async () => {
  const made = madeRecordings();
  const files = ["before", "after", "threads-200", "long-names"];
  place = await start(...files.map((name) => join(made, `${name}.hone`)));
  // While one is being opened the console names each answer that says so.
  for (const name of files) {
    const page = await place.open(`#/flame?a=${name}`);
    await page.context().close();
  }
});
after(() => place.stop());

function canvas(page: Page) {
  return page.locator(".flame-canvas").first();
}

// Until at least (or exactly) so many frames are drawn: they are at the next frame of the screen.
async function drawn(page: Page, count: number, isLeast = false): Promise<void> {
  await page.waitForFunction(
    ([wanted, least]) => {
      const now = Number(document.querySelector(".flame-canvas")?.getAttribute("data-rects"));
      return least === true ? now >= wanted : now === wanted;
    },
    [count, isLeast] as const,
    { timeout: 5_000 },
  );
}

// Until the frame of that name is selected.
async function selects(page: Page, name: RegExp): Promise<void> {
  await settled(page);
  await page.waitForFunction(
    ([source]) => {
      const now = document.querySelector(".flame-canvas")?.getAttribute("data-selected");
      return new RegExp(source ?? "").test(now ?? "");
    },
    [name.source] as const,
    { timeout: 5_000 },
  );
}

test("keys walk the frames, zoom and come back", async () => {
  const page = await place.open("#/flame?a=before");
  await drawn(page, 4); // all, main, fast, slow
  await canvas(page).focus();
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
  await selects(page, /^demo::fast/);
  await page.keyboard.press("ArrowRight");
  await selects(page, /^demo::slow/);
  await shows(page.locator(".flame-foot"), /200 ms · 40\.0%/);
  await page.keyboard.press("Enter");
  await settled(page);
  await inAddress(page, "root", /^[^,]+,[^,]+$/);
  await shows(page.getByRole("navigation", { name: "Zoomed into" }), /main[^]*demo::slow/);
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await settled(page);
  await inAddress(page, "root", null);
  await place.check(page);
});

test("what is done to the graph stands as a chip, and is undone", async () => {
  const page = await place.open("#/flame?a=before");
  await drawn(page, 4);
  await canvas(page).focus();
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
  await selects(page, /^demo::fast/);
  await page.keyboard.press("d");
  await drawn(page, 3);
  const chips = page.getByRole("group", { name: "What was done to the graph" });
  await shows(chips, /without demo::fast\(\)/);
  await page.reload();
  await settled(page);
  await shows(chips, /without demo::fast\(\)/);
  await chips.getByRole("button", { name: /Take back/ }).click();
  await drawn(page, 4);
  await page.goBack();
  await settled(page);
  await counts(chips, 1);
  await place.check(page);
});

test("the menu and the bar offer the same", async () => {
  const page = await place.open("#/flame?a=before");
  const box = await canvas(page).boundingBox();
  assert.ok(box !== null);
  await page.mouse.click(box.x + 40, box.y + 50, { button: "right" });
  const menu = page.getByRole("menu");
  await menu.waitFor();
  const inMenu = await menu.getByRole("menuitem").locator("span:first-child").allInnerTexts();
  assert.ok(inMenu.length > 4);
  const bar = page.getByRole("toolbar", { name: "What can be done with the frame" });
  assert.deepEqual(inMenu, await bar.getByRole("button").allInnerTexts());
  await menu.getByRole("menuitem", { name: /Focus/ }).click();
  await settled(page);
  await inAddress(page, "do", /^focus:[0-9a-f]{16}$/);
  await place.check(page);
});

test("a click zooms, a search says how much it found", async () => {
  const page = await place.open("#/flame?a=before");
  const box = await canvas(page).boundingBox();
  assert.ok(box !== null);
  await page.mouse.click(box.x + 40, box.y + 50);
  await settled(page);
  await inAddress(page, "root", /^[^,]+,[^,]+$/);
  await page.mouse.click(box.x + 40, box.y + 8);
  await settled(page);
  await inAddress(page, "root", null);
  await page.keyboard.press("/");
  await page.keyboard.type("/slow|fa.t/");
  await settled(page);
  await shows(page.locator(".flame-where"), /100\.0% of CPU time is in 2 functions/);
  await page.keyboard.press("Enter");
  await selects(page, /fast|slow/);
  await place.check(page);
});

test("two recordings: signs, widths of either, and what only one has", async () => {
  const page = await place.open("#/flame?a=before&b=after");
  await canvas(page).focus();
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
  await selects(page, /^demo::slow/);
  await shows(page.locator(".flame-foot"), /change\s*\+26\.7%/);
  await page.getByRole("button", { name: "A", exact: true }).click();
  await page.goto(page.url().replace("b=after", "b=threads-200"));
  await settled(page);
  await page.getByRole("tab", { name: "Only in A or in B" }).click();
  const only = page.getByRole("grid", { name: "Frames of one side alone" });
  await shows(only, /A\s+demo::fast/);
  await shows(only, /B\s+demo::work/);
  await place.check(page);
});

test("a sandwich, stacks in time, and the table say the same", async () => {
  const page = await place.open("#/flame?a=before&mode=sandwich");
  await page.getByRole("button", { name: "demo::slow" }).click();
  await settled(page);
  await counts(page.locator(".flame-canvas"), 2);
  await page.keyboard.press("2");
  await drawn(page, 200, true); // each stage by itself
  await page.keyboard.press("1");
  await page.getByRole("button", { name: "As a table" }).click();
  await settled(page);
  const rows = page.getByRole("grid", { name: "Frames" }).getByRole("row");
  await shows(rows.nth(2), /main.*500 ms\s+100\.0%/s);
  await place.check(page);
});

test("names that are markup or endless are drawn as text", async () => {
  const page = await place.open("#/flame?a=long-names");
  await canvas(page).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await selects(page, /^<img src=x/);
  await counts(page.locator("main img, main script"), 0);
  await place.check(page);
});

test("in all looks", () => inAllLooks(place, "#/flame?a=before&b=after", "flame"));

test("its paths are asked for while another page is at rest", async () => {
  const page = await place.open("#/functions?a=before");
  const ahead = page.waitForResponse((one) => one.url().includes("/api/1/flame?"));
  // Another selection has other paths.
  await page.evaluate(() => {
    location.hash = "#/functions?a=before&kernel=0";
  });
  const asked = new URL((await ahead).url()).searchParams;
  assert.equal((await ahead).status(), 200);
  assert.equal(asked.get("kernel"), "0");
  assert.equal(asked.get("pixels"), "1");
  assert.equal(asked.get("weight"), "cpu");
  await place.check(page);
  await page.context().close();
});

test("a weight that the recording does not know is the first that it has", async () => {
  const page = await place.open("#/flame?a=before&weight=DLmr");
  await drawn(page, 1, true);
  await shows(page.getByRole("button", { name: /Weight/ }), /CPU time/);
  await place.check(page);
  await page.context().close();
});
