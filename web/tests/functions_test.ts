// The tables of functions and of spans, with what stands below them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import {
  address,
  counts,
  draws,
  goldenRecording,
  inAddress,
  inAllLooks,
  madeRecordings,
  outFolder,
  settled,
  shows,
  start,
  type Place,
} from "./support.ts";

let place: Place;
before(async () => {
  const made = madeRecordings();
  const files = ["before", "after", "threads-200", "long-names", "empty"];
  place = await start(
    ...files.map((name) => join(made, `${name}.hone`)),
    goldenRecording("--waits"),
  );
  files.push("golden--waits");
  // While one is being opened the console names each answer that says so.
  for (const name of files) {
    const page = await place.open(`#/functions?a=${name}`);
    await page.context().close();
  }
});
after(() => place.stop());

test("rows are walked by keys, and show who calls and who is called", async () => {
  const page = await place.open("#/functions?a=before");
  const grid = page.getByRole("grid", { name: "Functions" });
  await shows(grid.getByRole("row").nth(1), /demo::fast.*\s300 ms\s+60\.0%/s);
  await grid.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await settled(page);
  const callers = page.getByRole("grid", { name: "Called by" });
  await shows(callers, /main/);
  await callers.getByRole("button", { name: "main" }).click({ force: true });
  await settled(page);
  await shows(page.getByRole("grid", { name: "Calls" }), /demo::fast/);
  await page.goBack();
  await settled(page);
  await shows(callers, /main/);
  await place.check(page);
});

test("a comparison begins with what B adds", async () => {
  const page = await place.open("#/functions?a=before&b=after");
  const grid = page.getByRole("grid", { name: "Functions" });
  await shows(grid.getByRole("row").nth(1), /demo::slow.*\+26\.7%.*regressed/s);
  await page.getByRole("button", { name: "What B saves" }).click();
  await settled(page);
  await shows(grid.getByRole("row").nth(1), /demo::fast.*−26\.7%.*improved/s);
  await inAddress(page, "order", "asc");
  await place.check(page);
});

test("what else functions weigh is shown in columns, and sorted by", async () => {
  const page = await place.open("#/functions?a=golden--waits");
  const grid = page.getByRole("grid", { name: "Functions" });
  await counts(grid.getByRole("columnheader", { name: /Blocked time/ }), 0);
  await page.getByRole("button", { name: /^Columns/ }).click();
  const menu = page.getByRole("dialog", { name: "Columns" });
  await menu.getByRole("checkbox", { name: /^Blocked time/ }).check();
  await menu.getByRole("checkbox", { name: /^Waiting for locks/ }).check();
  await inAddress(page, ".functions.columns", "off-cpu,lock-wait");
  await place.check(page);
  await page.keyboard.press("Escape");
  await grid.getByRole("columnheader", { name: "Blocked time, total" }).getByRole("button").click();
  await inAddress(page, "sort", "total.off-cpu");
  await shows(grid.getByRole("row").nth(1), /score.*300 ms\s+300 ms\s+300 ms\s+300 ms\s+demo/s);
  await shows(grid.getByRole("row").nth(2), /worker.*\s0 ns\s+300 ms/s);
  await page.screenshot({ path: join(outFolder, "functions-columns.png") });
  // The other recording has no waits: nothing is made up.
  await page.goto(`${page.url()}&b=before`);
  await settled(page);
  await counts(grid.getByRole("columnheader", { name: /Blocked time/ }), 2);
  await shows(grid.getByRole("row").nth(1), /–\s*–\s*–\s*–\s+demo/);
  // Names of threads go with the weight.
  await page.getByRole("combobox", { name: "By" }).selectOption("thread");
  await settled(page);
  await counts(page.getByRole("button", { name: /^Columns/ }), 0);
  await place.check(page);
});

test("the search filters, and says when nothing is left", async () => {
  const page = await place.open("#/functions?a=before&find=slow");
  await counts(page.getByRole("grid", { name: "Functions" }).getByRole("row"), 2);
  await page.getByRole("searchbox").fill("nowhere");
  await page.getByText('Nothing is named like "nowhere"').waitFor();
  await page.getByRole("button", { name: "Clear the search" }).click();
  await settled(page);
  await counts(page.getByRole("grid", { name: "Functions" }).getByRole("row"), 4);
  await place.check(page);
});

test("weights that are not there say why", async () => {
  const page = await place.open("#/functions?a=before");
  await page.getByRole("button", { name: /^Weight/ }).click();
  const box = page.getByRole("dialog", { name: "Weight" });
  await box.getByText("Not in this recording").waitFor();
  await shows(box, /Not in this recording[^]*Cache misses/);
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "hidden" });
  await place.check(page);
});

const spans = "#/functions?a=before&b=after&.functions.tab=spans&span=Stage%3A%3Aslow";

test("spans have a histogram whose bars are selected by keys and by a drag", async () => {
  const page = await place.open(spans);
  const table = page.getByRole("grid", { name: "Spans" });
  const row = table.getByRole("row").filter({ hasText: "Stage::slow" });
  await shows(row, /1\.92 ms.*5\.92 ms.*\+208\.\d%.*regressed/s);
  const picture = page.locator(".histogram canvas");
  await draws(picture, 1);
  await picture.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await settled(page);
  await inAddress(page, ".span.low", /^\d+$/);
  await page.keyboard.press("Escape");
  await settled(page);
  await inAddress(page, ".span.low", null);
  const box = await picture.boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + 2, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 2, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await settled(page);
  const [low, high] = ((await picture.getAttribute("data-selected")) ?? "").split("-").map(Number);
  assert.ok(low !== undefined && high !== undefined && low < high);
  await place.check(page);
});

test("the slowest span is shown on the timeline", async () => {
  const page = await place.open(spans);
  await page.getByRole("button", { name: "Jump to the slowest" }).click();
  await settled(page);
  const state = await address(page);
  assert.equal(state.page, "timeline");
  assert.match(state.get("event") ?? "", /^spans:\d+\/\d+$/);
  assert.match(state.get("view") ?? "", /^\d+-\d+$/);
});

test("names that are markup or endless stay text on one line", async () => {
  for (const hash of [
    "#/functions?a=long-names",
    "#/functions?a=long-names&.functions.tab=spans",
  ]) {
    const page = await place.open(hash);
    const rows = page.getByRole("row");
    await rows.nth(1).click();
    await settled(page);
    await counts(page.locator("main img, main script"), 0);
    assert.notEqual(await page.title(), "broken");
    const height = await rows.nth(1).evaluate((row) => row.clientHeight);
    assert.ok(height < 40, `a row is ${height} pixels high`);
    await place.check(page);
    await page.context().close();
  }
});

test("a recording without samples and spans says what would record them", async () => {
  for (const hash of ["#/functions?a=empty", "#/functions?a=empty&.functions.tab=spans"]) {
    const page = await place.open(hash);
    await shows(page.locator("main"), /hone record|HONE_SPAN|Nothing|no /i);
    await place.check(page);
    await page.context().close();
  }
});

test("in all looks", async () => {
  await inAllLooks(place, "#/functions?a=before&b=after", "functions");
  await inAllLooks(place, spans, "spans");
});
