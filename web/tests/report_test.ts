// A report file: the same pages, from disk, without a server and without a request.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import {
  axeFaults,
  consoleOf,
  counts,
  example,
  goldenRecording,
  hone,
  launch,
  madeRecordings,
  outFolder,
  recorded,
  settled,
  shows,
  watch,
} from "./support.ts";

const browser = await launch();
after(() => browser.close());

// `flags` may end with a second recording.
function report(recording: string, name: string, ...flags: readonly string[]): string {
  const file = join(outFolder, `${name}.html`);
  execFileSync(hone, ["report", "--html", file, recording, ...flags], { stdio: "inherit" });
  return file;
}

async function open(file: string, hash: string): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 },
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  watch(page);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url().split("#")[0] ?? ""));
  await page.goto(`file://${file}${hash}`);
  await page.locator("main[data-page]").waitFor();
  await settled(page);
  assert.deepEqual(asked, [`file://${file}`], "the file itself is all that is fetched");
  return page;
}

let file: string;
before(() => {
  file = report(join(madeRecordings(), "after.hone"), "after");
});

const pages = ["overview", "timeline", "flame", "functions", "source", "system", "memory", "sql"];

test("every page opens from disk", async () => {
  for (const name of pages) {
    const page = await open(file, `#/${name}`);
    await counts(page.locator(".problem"), 0);
    assert.deepEqual(consoleOf(page), [], name);
    assert.deepEqual(await axeFaults(page), [], name);
    await page.context().close();
  }
});

test("keys can be changed, and stay", async () => {
  const page = await open(file, "#/flame");
  const help = page.getByRole("dialog", { name: "Keys" });
  await page.keyboard.press("?");
  await help.getByRole("button", { name: /^From the leaves up/ }).click();
  await page.keyboard.press("j");
  await help.getByRole("button", { name: "From the leaves up: j, change" }).waitFor();
  await page.reload();
  await page.locator("main[data-page]").waitFor();
  await settled(page); // keys are heard after the first picture
  await page.keyboard.press("?");
  await help.getByRole("button", { name: "From the leaves up: j, change" }).waitFor();
  await page.context().close();
});

test("a finding leads to the function, lists are sorted and narrowed", async () => {
  const page = await open(file, "#/overview");
  await shows(page.locator("[data-finding='dominating-function']"), /demo::slow/);
  await page.locator(".banner summary").click();
  await shows(page.locator(".banner"), /flame graphs with less than 0\.1%/);
  await page
    .locator("[data-finding='dominating-function']")
    .getByRole("button", { name: "In the table of functions" })
    .click();
  await settled(page);
  const grid = page.getByRole("grid").first();
  await shows(grid.getByRole("row").nth(1), /demo::slow\(\)/);
  await page.keyboard.press("/");
  await page.keyboard.type("fast");
  await page.waitForFunction(
    () => !document.querySelector("[role=grid]")?.textContent?.includes("slow"),
  );
  await shows(grid, /demo::fast\(\)/);
  await page.context().close();
});

test("further weights are columns in a report too", async () => {
  const page = await open(
    report(goldenRecording("--waits"), "waits"),
    "#/functions?.functions.columns=off-cpu&sort=total.off-cpu",
  );
  const grid = page.getByRole("grid", { name: "Functions" });
  await counts(grid.getByRole("columnheader", { name: /Blocked time/ }), 2);
  await shows(grid.getByRole("row").nth(1), /score.*300 ms\s+300 ms/s);
  await page.context().close();
});

test("what needs the recording says which command opens it", async () => {
  const page = await open(file, "#/overview?t=0-1000");
  await shows(page.getByRole("alert"), /hone view .*after\.hone/);
  await page.context().close();
});

test("notes are in the link of a report too", async () => {
  const page = await open(file, "#/timeline");
  await page.locator("canvas[data-pane=main][data-complete='1']").waitFor();
  await page.keyboard.press("m");
  await page.keyboard.type("from disk");
  await page.keyboard.press("Enter");
  await page.locator(".tl-flag", { hasText: "from disk" }).waitFor();
  const hash = await page.evaluate(() => location.hash);
  const other = await open(file, hash);
  await other.locator(".tl-flag", { hasText: "from disk" }).waitFor();
  assert.deepEqual(await axeFaults(other), []);
  await page.context().close();
  await other.context().close();
});

test("a hot function leads to the timeline of a report too", async () => {
  const page = await open(file, "#/functions");
  await page.getByRole("grid").first().getByText("demo::slow()").click();
  await page.getByRole("button", { name: "On the timeline" }).click();
  await shows(page.locator(".tl-function"), /Selected is the longest stretch in it/);
  await page.context().close();
});

test("a real program's report keeps its size and opens at once", async () => {
  const recording = recorded("memory_graph", example("memory_graph"));
  const real = report(recording, "memory_graph");
  assert.ok(statSync(real).size <= 10_000_000, `${statSync(real).size} bytes`);
  const page = await open(real, "#/flame");
  assert.ok(
    Number(await page.locator("canvas[data-rects]").first().getAttribute("data-rects")) > 20,
  );
  await page.context().close();
});

test("two recordings are compared on every page, without a request", async () => {
  const made = madeRecordings();
  const pair = report(join(made, "before.hone"), "pair", join(made, "after.hone"));
  for (const name of pages) {
    const page = await open(pair, `#/${name}`);
    assert.equal(await page.locator(".problem").count(), 0, `${name} has an answer`);
    assert.equal(await page.getByLabel("Compare with").inputValue(), "after", name);
    // It has no answers of the second compared with the first.
    assert.equal(await page.getByRole("button", { name: "A ⇄ B" }).count(), 0, name);
    assert.deepEqual(consoleOf(page), [], name);
    assert.deepEqual(await axeFaults(page), [], name);
    await page.context().close();
  }
  // The timeline asks of one of them.
  const page = await open(pair, "#/functions?w=cpu");
  await page.getByRole("grid").first().getByText("demo::slow()").click();
  await page.getByRole("button", { name: "On the timeline" }).click();
  await shows(page.locator(".tl-function"), /Selected is the longest stretch in it/);
  await page.context().close();
});

test("a planted regression is found in the report of two", async () => {
  const pair = join(outFolder, "pair.html");
  let page = await open(pair, "");
  const card = page.locator(".compare");
  const first = card.locator("ol li").filter({ hasText: "demo::slow" }).first();
  await shows(first, /demo::slow[^]*regressed/);
  await first.getByRole("button").click();
  await page.waitForFunction(() => location.hash.startsWith("#/source"));
  await settled(page);
  assert.equal(await page.locator(".problem").count(), 0, "its source is in the report");
  await page.context().close();

  page = await open(pair, "#/functions?sort=delta");
  const row = page.getByRole("grid").first().getByRole("row").nth(1);
  await shows(row, /demo::slow[^]*regressed/);
  await page.context().close();

  page = await open(pair, "#/functions?sort=delta&per=total");
  const grid = page.getByRole("grid").first();
  await shows(grid.getByRole("row").nth(1), /demo::slow[^]*regressed/);
  await page.context().close();

  page = await open(pair, "#/flame?.flame.table=1");
  const frame = page
    .getByRole("grid")
    .first()
    .getByRole("row", { name: /demo::slow/ })
    .first();
  await frame.waitFor();
  await shows(frame, /\+/);
  // A alone, when B is put away.
  await page.getByLabel("Compare with").selectOption("");
  await settled(page);
  assert.equal(await page.locator(".problem").count(), 0, "A alone is in the report, too");
  await page.context().close();
});

test("names that are markup stay text", async () => {
  const page = await open(
    report(join(madeRecordings(), "long-names.hone"), "long-names"),
    "#/functions",
  );
  assert.notEqual(await page.title(), "broken");
  await shows(page.getByRole("grid").first(), /nnnnn/);
  await counts(page.locator("main img, main script"), 0);
  await page.context().close();
});
