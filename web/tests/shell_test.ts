// The frame around the pages: keys, commands, filters, the address, and the states in which there
// is nothing to show.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  axeFaults,
  consoleOf,
  counts,
  inAddress,
  madeRecordings,
  onPage,
  outFolder,
  serve,
  settled,
  shows,
  start,
  stopServer,
  type Place,
  watch,
} from "./support.ts";

let place: Place;
let made: string;
before(async () => {
  made = madeRecordings();
  place = await start(join(made, "before.hone"), join(made, "after.hone"));
});
after(() => place.stop());

const pages = [
  ["o", "overview"],
  ["t", "timeline"],
  ["f", "flame"],
  ["n", "functions"],
  ["s", "source"],
  ["m", "memory"],
  ["b", "benchmarks"],
  ["c", "causal"],
  ["a", "scale"],
  ["y", "system"],
  ["q", "sql"],
  ["l", "live"],
] as const;

test("two recordings that were named are compared, until the address says otherwise", async () => {
  const page = await place.open("");
  await page.locator(".compare").waitFor();
  await inAddress(page, "b", "after");
  await page.getByLabel("Compare with").selectOption("");
  await settled(page);
  await inAddress(page, "b", null);
  await counts(page.locator(".compare"), 0);
  await page.context().close();
});

test("every page is reached by keys alone", async () => {
  const page = await place.open("#/overview");
  for (const [letter, name] of pages) {
    await page.locator("#page").focus();
    await page.keyboard.press("g");
    await page.keyboard.press(letter);
    await settled(page);
    await onPage(page, name);
    await counts(page.locator(`main[data-page=${name}]`), 1);
    assert.match(await page.title(), /before · Hone$/);
  }
  await place.check(page);
});

test("pages without data say what would record it", async () => {
  for (const name of ["memory", "benchmarks", "causal", "scale", "live"]) {
    const page = await place.open(`#/${name}`);
    const text = await page.locator("main").innerText();
    assert.match(text, /hone (record|view|top)/, name);
    await counts(page.getByRole("button", { name: "Copy the command" }), 1);
    await place.check(page);
    await page.context().close();
  }
});

test("help and commands open, close and act", async () => {
  const page = await place.open("#/overview");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await shows(help, /Zoom in at the pointer/);
  assert.deepEqual(await axeFaults(page), []);
  await page.keyboard.press("Escape");
  await counts(help, 0);

  await page.keyboard.press("Control+k");
  const commands = page.getByRole("dialog", { name: "Commands" });
  await page.keyboard.type("system");
  assert.deepEqual(await axeFaults(page), []);
  await page.keyboard.press("Enter");
  await counts(commands, 0);
  await onPage(page, "system");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("compare after");
  await commands.getByRole("option", { name: "Compare with after" }).waitFor();
  await page.keyboard.press("Enter");
  await settled(page);
  await inAddress(page, "b", "after");
  await place.check(page);
});

test("keys can be changed, and are known on the next server too", async () => {
  const page = await place.open("#/flame");
  const help = page.getByRole("dialog", { name: "Keys" });
  const said = help.getByRole("status");
  await page.keyboard.press("?");
  await help.getByRole("button", { name: /^From the leaves up/ }).click();
  await page.keyboard.press("m");
  await said.getByText('m is taken: Flame, "Merge the function into its callers"').waitFor();
  assert.equal(await help.getByRole("button", { name: "Swap the two" }).count(), 1);
  await help.getByRole("button", { name: /^From the leaves up/ }).click();
  await page.keyboard.press("Escape");
  await said.getByText("Nothing is changed").waitFor();
  await help.getByRole("button", { name: /^From the leaves up/ }).click();
  await page.keyboard.press("j");
  await help.getByRole("button", { name: "From the leaves up: j, change" }).waitFor();
  // A page's key has two parts.
  await help.getByRole("button", { name: /^Go to SQL/ }).click();
  await page.keyboard.press("g");
  await page.keyboard.press("z");
  await help.getByRole("button", { name: "Go to SQL: g z, change" }).waitFor();
  assert.deepEqual(await axeFaults(page), []);
  await page.screenshot({ path: join(outFolder, "keys.png") });
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });

  await page.keyboard.press("i");
  await page.keyboard.press("j");
  await page.waitForFunction(() => location.hash.includes("invert=1"));
  assert.match(
    (await page.getByRole("button", { name: "Invert" }).getAttribute("title")) ?? "",
    /\(j\)$/,
  );
  await page.keyboard.press("Control+k");
  const commands = page.getByRole("dialog", { name: "Commands" });
  await page.keyboard.type("leaves up");
  assert.match(await commands.getByRole("option").first().innerText(), /j$/);
  await page.keyboard.press("Escape");
  await commands.waitFor({ state: "detached" });

  const other = await serve(join(made, "before.hone"));
  await page.goto(`${other.url}#/flame`);
  await settled(page);
  await page.locator("#page").focus();
  await page.keyboard.press("j");
  await page.waitForFunction(() => location.hash.includes("invert=1"));
  await page.keyboard.press("?");
  await help.getByRole("button", { name: "Reset all keys" }).click();
  await help.getByRole("button", { name: "From the leaves up: i, change" }).waitFor();
  assert.equal(await help.getByRole("button", { name: /reset the key/ }).count(), 0);
  await stopServer(other);
  await page.context().close();
});

test("while a recording is read every page says how far it is, and then shows it", async () => {
  const context = await place.browser.newContext();
  const page = await context.newPage();
  let isRead = false;
  const loading = { stage: "reading the recording", share: 0.41 };
  await page.route(/\/api\/1\/(?!recordings)/, (route) =>
    isRead
      ? route.continue()
      : route.fulfill({ status: 503, json: { error: { code: "", message: "" }, loading } }),
  );
  await page.goto(`${place.server.url}#/overview`);
  for (const name of ["overview", "timeline", "flame", "functions", "source", "system"]) {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, `#/${name}`);
    await counts(page.locator(`main[data-page=${name}]`), 1);
    await shows(page.locator(".banner"), /reading the recording 41/);
    await counts(page.locator(".problem"), 0);
  }
  isRead = true;
  await page.getByText("Quality of the measurement").waitFor();
  await counts(page.locator(".banner"), 0);
  await context.close();
});

test("filters hold on every page, and each can be taken away", async () => {
  const page = await place.open("#/functions?t=0-100000000&in=Stage::slow&kernel=0");
  const chips = page.getByRole("group", { name: "Filters" });
  await shows(chips, /in Stage::slow/);
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await settled(page);
  await shows(chips, /without the kernel/);
  await chips.getByRole("button", { name: "Take away: in Stage::slow" }).click();
  await inAddress(page, "in", null);
  await page.keyboard.press("Alt+f");
  await counts(chips, 0);
  await page.goBack();
  await inAddress(page, "kernel", "0");
  await place.check(page);
});

test("the token leaves the address, and nothing works without it", async () => {
  const page = await place.open("#/system");
  assert.equal(new URL(page.url()).search, "");
  const stranger = await place.browser.newContext();
  const theirs = await stranger.newPage();
  const response = await theirs.goto(new URL(place.server.url).origin);
  assert.equal(response?.status(), 401);
  await stranger.close();
  await page.reload();
  await settled(page);
  await shows(page.locator("main"), /Quality of the measurement/);
});

test("a server that goes away is said, and its return too", async () => {
  const server = await serve(join(made, "before.hone"));
  const context = await place.browser.newContext();
  const page = await context.newPage();
  watch(page);
  await page.goto(`${server.url}#/overview`);
  await settled(page);
  const before = await page.locator("main").innerText();
  await stopServer(server);
  await page.evaluate(() => {
    location.hash = "#/overview?in=Stage::slow";
  });
  await page.getByText("The server is gone.").waitFor();
  await shows(page.locator(".banner"), /hone view/);
  assert.equal(await page.locator("main").innerText(), before, "what was shown stays");
  await context.close();
});

test("a recording that cannot be opened says why", async () => {
  const server = await serve(join(made, "before.hone"), join(made, "one-span.hone"));
  const context = await place.browser.newContext();
  const page = await context.newPage();
  watch(page);
  await page.goto(`${server.url}#/overview?a=nothing`);
  await page.getByRole("alert").waitFor();
  await shows(page.getByRole("alert"), /no recording 'nothing'/);
  await context.close();
  await stopServer(server);
});

test("without a recording the page says how to make one", async () => {
  const folder = join(made, "nothing-here");
  rmSync(folder, { recursive: true, force: true });
  const { mkdirSync } = await import("node:fs");
  mkdirSync(folder);
  const server = await serve(folder);
  const context = await place.browser.newContext();
  const page = await context.newPage();
  watch(page);
  await page.goto(server.url);
  await page.getByText("No recording here yet").waitFor();
  await shows(page.locator("main"), /hone record -- \.\/app/);

  // A file that is dropped is opened.
  const bytes = [...readFileSync(join(made, "before.hone"))];
  const transfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(content)], "dropped.hone"));
    return data;
  }, bytes);
  await page.dispatchEvent("#page", "drop", { dataTransfer: transfer });
  await page.getByText("demo::slow()").first().waitFor();
  await inAddress(page, "a", "dropped");
  assert.deepEqual(consoleOf(page), []);
  await context.close();
  await stopServer(server);
});
