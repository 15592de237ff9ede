// The tabs of waits, locks, pools, plots, GPUs, counters and messages on the page of functions.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { join } from "node:path";
import {
  address,
  counts,
  draws,
  example,
  goldenRecording,
  hone,
  inAddress,
  inAllLooks,
  madeRecordings,
  onPage,
  outFolder,
  recorded,
  settled,
  shows,
  start,
  type Place,
} from "./support.ts";

let place: Place;
let plotted: Place; // a server keeps six recordings open: this one would be the seventh

// Its process and its thread are named by the file that runs: markup.
function hostileRun(): string {
  const program = join(outFolder, "<img src=x>");
  copyFileSync(example("memory_graph"), program);
  return recorded("tables_hostile", program);
}

before(async () => {
  const made = madeRecordings();
  place = await start(
    goldenRecording("--waits"),
    goldenRecording("--marks"),
    goldenRecording("--hostile"),
    hostileRun(),
    recorded("tables_run", example("memory_graph")),
    join(made, "empty.hone"),
  );
  plotted = await start(goldenRecording("--spans"));
  await (await plotted.open(tab("plots", "golden--spans"))).context().close();
  // While one is being opened the console names each answer that says so.
  for (const id of [
    "golden--waits",
    "golden--marks",
    "golden--hostile",
    "tables_hostile",
    "tables_run",
    "empty",
  ]) {
    const page = await place.open(`#/functions?a=${id}`);
    await page.context().close();
  }
});
after(async () => {
  await place.stop();
  await plotted.stop();
});

const tab = (name: string, a: string, rest = ""): string =>
  `#/functions?a=${a}${rest}&.functions.tab=${name}`;

test("waits say where, for what and how long, and what of it is estimated", async () => {
  const page = await place.open(tab("waits", "golden--waits"));
  const main = page.locator("main");
  const kinds = main.getByRole("grid", { name: "Where their time went" });
  await shows(kinds, /running\s+72\.7%\s+1\.60 s/);
  await shows(kinds, /lock \(futex\)\s+22\.7%\s+~500 ms\s+100\s+200 ms/);
  const sites = main.getByRole("grid", { name: "Where they wait" });
  await shows(sites, /score[^]*futex_do_wait[^]*~500 ms\s+10\s+30\.0 ms\s+200 ms/);
  await shows(main, /causes of 200 ms are estimated/);
  await shows(main.getByRole("grid", { name: "Threads" }), /worker\s+demo\s+101\s+600 ms/);
  await shows(main.getByRole("grid", { name: "Who wakes whom" }), /demo \(100\)\s+worker \(101\)/);
  await place.check(page);
});

test("a function leads to its source and its stacks, a thread to the filter", async () => {
  const page = await place.open(tab("waits", "golden--waits"));
  const sites = page.getByRole("grid", { name: "Where they wait" });
  await sites.getByRole("button", { name: "score" }).click();
  await settled(page);
  let state = await address(page);
  assert.equal(state.page, "source");
  assert.equal(state.get("w"), "off-cpu");
  assert.match(state.get("f") ?? "", /^[0-9a-f]+$/);
  await page.goBack();
  await settled(page);
  await sites.getByRole("button", { name: "Flame" }).first().click();
  await settled(page);
  state = await address(page);
  assert.equal(state.page, "flame");
  assert.match(state.get("do") ?? "", /^focus:/);
  await page.goBack();
  await settled(page);
  await page.getByRole("grid", { name: "Threads" }).getByRole("button", { name: "worker" }).click();
  await settled(page);
  await inAddress(page, "threads", /^\d+$/);
  assert.doesNotMatch(
    await page.getByRole("grid", { name: "Where they wait" }).innerText(),
    /Parser::next/,
  );
  await place.check(page);
});

test("tables are walked by keys, and their links are reached", async () => {
  const page = await place.open(tab("waits", "golden--waits"));
  const sites = page.getByRole("grid", { name: "Where they wait" });
  await sites.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await shows(sites.locator("[aria-selected=true]"), /Parser::next/);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await settled(page);
  await onPage(page, "source");
  await place.check(page);
});

test("locks say who waits for whom", async () => {
  const page = await place.open(tab("locks", "golden--marks"));
  const main = page.locator("main");
  await shows(
    main.getByRole("grid", { name: "Waiting for locks", exact: true }),
    /Cache::mu\s+30\.0 ms\s+10\s+50\.0%\s+3\.00 ms/,
  );
  await shows(main.getByRole("grid", { name: "Holding them" }), /Cache::mu\s+45\.0 ms\s+20/);
  await shows(
    main.getByRole("grid", { name: "Who waits for whom" }),
    /worker \(101\)\s+demo \(100\)\s+Cache::mu\s+30\.0 ms\s+10/,
  );
  await place.check(page);
});

test("pools say what is live and who took it, and lead to the span", async () => {
  const page = await place.open(tab("pools", "golden--marks"));
  const main = page.locator("main");
  await shows(
    main.getByRole("grid", { name: "Pools", exact: true }),
    /textures\s+12\.0 kB\s+0\.171000 s\s+9\.00 kB\s+5\s+39\.0 kB\s+20\s+15/,
  );
  await draws(main.locator(".detail-strips canvas"), 11);
  await place.check(page);
  await main
    .getByRole("grid", { name: "Who allocates" })
    .getByRole("button", { name: "Wait" })
    .click();
  await settled(page);
  const state = await address(page);
  assert.equal(state.get(".functions.tab"), "spans");
  assert.equal(state.get("span"), "Wait");
});

test("queues of GPUs, their spans, and what bounds frames", async () => {
  const page = await place.open(tab("gpu", "golden--marks"));
  const main = page.locator("main");
  await shows(
    main.getByRole("grid", { name: "Frames and the GPU" }),
    /frame\s+Golden GPU\s+gpu\s+9\.70 ms/,
  );
  await shows(main.getByRole("grid", { name: "Queues" }), /graphics\s+Golden GPU\s+970 ms/);
  await shows(main.getByRole("grid", { name: "Spans of the GPU" }), /Draw\s+graphics\s+670 ms/);
  await place.check(page);
});

test("counters have a row each, with their course", async () => {
  const page = await place.open(tab("counters", "tables_run"));
  const table = page.locator(".detail-counters");
  const row = table.getByRole("row").filter({ hasText: "memory.resident" }).first();
  await shows(row, /\d B|[kMG]B/);
  await draws(row.locator("canvas"), 1);
  await place.check(page);
  await page.getByRole("searchbox").fill("memory.res");
  await page.waitForFunction(
    () => document.querySelectorAll(".detail-counters tbody tr").length <= 2,
  );
});

test("plots say how large they are, and within a range how large there", async () => {
  const page = await plotted.open(tab("plots", "golden--spans"));
  const grid = page.getByRole("grid", { name: "Plots" });
  await shows(grid, /things\s+100\s+0 things\s+495 things\s+990 things\s+990 things/);
  await plotted.check(page);
  const part = await plotted.open(tab("plots", "golden--spans", "&t=0-500000000"));
  await shows(part.getByRole("grid", { name: "Plots" }), /\bthings\s+\d\d\s+0 things/);
  const two = await plotted.open(tab("plots", "golden--spans", "&b=golden--spans"));
  await shows(
    two.getByRole("grid", { name: "Plots" }),
    /things\s+100\s+100\s+0\s+0 things\s+495 things\s+495 things\s+0/,
  );
  await plotted.check(two);
});

test("messages stand by time, are searched, and lead to the timeline", async () => {
  const page = await plotted.open(tab("messages", "golden--spans"));
  const grid = page.getByRole("grid", { name: "Messages" });
  await shows(grid, /0\.000500 s[^]*level loaded/);
  await plotted.check(page);
  await page.getByRole("searchbox").fill("nothing like it");
  await shows(page.locator("main"), /No message or thread is named like "nothing like it"/);
  await page.getByRole("searchbox").fill("LEVEL");
  await shows(grid, /level loaded/);
  await grid.focus();
  await page.keyboard.press("ArrowDown");
  await inAddress(page, "event", "messages/0");
  await page.keyboard.press("Enter");
  await onPage(page, "timeline");
  await inAddress(page, "event", "messages/0");
  await shows(page.locator("main"), /level loaded/);
  await plotted.check(page);
});

test("messages of two recordings are told apart", async () => {
  const page = await plotted.open(tab("messages", "golden--spans", "&b=golden--spans"));
  const rows = page.getByRole("grid", { name: "Messages" }).getByRole("row");
  await counts(rows, 3);
  await shows(rows.nth(1), /^A\s+0\.000500 s/);
  await shows(rows.nth(2), /^B\s+0\.000500 s/);
  await rows.nth(2).click();
  await inAddress(page, "event", "b!messages/0");
  await plotted.check(page);
});

test("a comparison has B's value and the difference beside A's", async () => {
  const page = await place.open(tab("waits", "golden--waits", "&b=tables_run"));
  const heads = await page
    .getByRole("grid", { name: "Threads" })
    .getByRole("columnheader")
    .allInnerTexts();
  assert.ok(heads.join("|").includes("A running|B running|Δ"), heads.join("|"));
  const same = await place.open(tab("locks", "golden--marks", "&b=golden--marks"));
  await shows(
    same.getByRole("grid", { name: "Waiting for locks", exact: true }),
    /Cache::mu\s+30\.0 ms\s+30\.0 ms\s+0 ns/,
  );
  const lacks = await place.open(tab("locks", "golden--marks", "&b=golden--waits"));
  await shows(lacks.locator("main"), /Locks: not in B/);
  await place.check(page);
  await place.check(same);
  await place.check(lacks);
});

test("what was not recorded says why, and what records it", async () => {
  for (const name of ["waits", "locks", "pools", "plots", "gpu", "counters", "messages"]) {
    const page = await place.open(tab(name, "empty"));
    await shows(
      page.locator("main"),
      /not recorded|marks no|were recorded|plots nothing|writes no/i,
    );
    await place.check(page);
    await page.context().close();
  }
});

test("names that are markup stay text", async () => {
  for (const name of ["waits", "locks", "pools", "plots", "gpu", "counters", "messages"]) {
    const page = await place.open(tab(name, "golden--hostile"));
    await counts(page.locator("main img, main script, main evil"), 0);
    await place.check(page);
    await page.context().close();
  }
  const page = await place.open(tab("waits", "tables_hostile"));
  await shows(page.getByRole("grid", { name: "Threads" }), /<img src=x>/);
  await counts(page.locator("main img"), 0);
  await place.check(page);
});

test("a report file has them too", async () => {
  const file = join(outFolder, "tables.html");
  execFileSync(hone, ["report", "--html", file, goldenRecording("--marks")], { stdio: "inherit" });
  const context = await place.browser.newContext();
  const page = await context.newPage();
  await page.goto(`file://${file}#/functions?.functions.tab=locks`);
  await page.getByRole("grid", { name: "Waiting for locks", exact: true }).waitFor();
  await shows(page.locator("main"), /Cache::mu\s+30\.0 ms/);
  const file2 = join(outFolder, "tables-spans.html");
  const spans = goldenRecording("--spans");
  execFileSync(hone, ["report", "--html", file2, spans], { stdio: "inherit" });
  await page.goto(`file://${file2}#/functions?.functions.tab=messages`);
  await shows(page.getByRole("grid", { name: "Messages" }), /level loaded/);
  await page.goto(`file://${file2}#/functions?q=loaded&.functions.tab=messages`);
  await shows(page.getByRole("grid", { name: "Messages" }), /level loaded/);
  await page.goto(`file://${file2}#/functions?.functions.tab=plots`);
  await shows(page.getByRole("grid", { name: "Plots" }), /things\s+100/);
  await context.close();
});

test("in all looks", async () => {
  await inAllLooks(place, tab("waits", "golden--waits"), "waits");
  await inAllLooks(place, tab("counters", "tables_run", "&b=tables_run"), "counters");
  await inAllLooks(place, tab("pools", "golden--marks"), "pools");
  await inAllLooks(plotted, tab("plots", "golden--spans", "&b=golden--spans"), "plots");
  await inAllLooks(plotted, tab("messages", "golden--spans", "&b=golden--spans"), "messages");
});
