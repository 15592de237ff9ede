import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  address,
  counts,
  inAddress,
  inAllLooks,
  madeRecordings,
  settled,
  shows,
  some,
  start,
  type Place,
} from "./support.ts";

let place: Place;
before(async () => {
  const made = madeRecordings();
  place = await start(join(made, "before.hone"), join(made, "after.hone"));
});
after(() => place.stop());

const slowest = "select ts, dur, name from spans order by dur desc limit 3";

test("a link with a statement has its rows, in the table and on the timeline", async () => {
  const page = await place.open(`#/sql?.sql.text=${encodeURIComponent(slowest)}`);
  const grid = page.getByRole("grid", { name: "Rows" });
  await grid.waitFor();
  await counts(grid.getByRole("row"), 4);
  await shows(grid, /Stage::turn/);
  await grid.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await settled(page);
  const state = await address(page);
  assert.equal(state.page, "timeline");
  assert.match(state.get("view") ?? "", /^-?\d+-\d+$/);
});

test("typing completes, runs, is in the address and in the history", async () => {
  const page = await place.open("#/sql");
  await page.locator(".cm-content").click();
  await page.keyboard.type("select count(*) as n from sam");
  await page.locator(".cm-tooltip-autocomplete").getByText("samples", { exact: true }).click();
  await page.keyboard.press("Control+Enter");
  await page.getByRole("grid", { name: "Rows" }).waitFor();
  await shows(page.getByRole("grid"), /500/);
  await inAddress(page, ".sql.text", "select count(*) as n from samples");
  const menu = await page.getByLabel("Queries").innerText();
  assert.match(menu, /count\(\*\) as n/);
  await place.check(page);
});

test("both recordings are asked at once", async () => {
  const sql = "select (select count(*) from a.samples) x, (select count(*) from b.samples) y";
  const page = await place.open(`#/sql?a=before&b=after&.sql.text=${encodeURIComponent(sql)}`);
  const grid = page.getByRole("grid", { name: "Rows" });
  await grid.waitFor();
  await shows(grid, /500\s+900/);
});

test("mistakes are shown with their number, and nothing can be written", async () => {
  const page = await place.open(`#/sql?.sql.text=${encodeURIComponent("select nothing")}`);
  await shows(page.getByRole("alert"), /E090/);
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("attach 'x' as y");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Enter");
  await page.getByText("E092").first().waitFor();
});

test("a limit that cuts is announced, and rows become a chart and a file", async () => {
  const sql = "select name, dur from spans order by dur desc";
  const page = await place.open(`#/sql?.sql.text=${encodeURIComponent(sql)}`);
  await page.getByRole("grid", { name: "Rows" }).waitFor();
  await page.getByLabel("Rows at most").selectOption("1000");
  const many = "select 1 from spans, spans as other";
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type(many);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Enter");
  await page.getByText("There are more").waitFor();
  await page.goto(`${place.server.url}#/sql?.sql.text=${encodeURIComponent(sql)}`);
  await settled(page);
  await page.getByRole("button", { name: "Chart" }).click();
  await some(page.locator(".bar-row").nth(10));
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV" }).click();
  const file = await (await download).path();
  assert.match(readFileSync(file, "utf8"), /^name,dur\r\nStage::turn,/);
});

test("the schema is there to be read and picked from", async () => {
  const page = await place.open("#/sql");
  await page.getByLabel("Find a table or column").fill("runnable");
  await page.getByRole("button", { name: "Select from waits" }).click();
  await shows(page.locator(".cm-content"), /from waits/);
  await place.check(page);
});

test("in all looks", () =>
  inAllLooks(place, `#/sql?.sql.text=${encodeURIComponent(slowest)}`, "sql"));
