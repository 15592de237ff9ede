// Every page on recordings that are hard to show: nothing in them, one thing, 200 threads, names
// that are endless or markup, a file that was cut.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { consoleOf, counts, madeRecordings, settled, start, type Place } from "./support.ts";

const recordings = ["empty", "one-span", "threads-200", "long-names", "cut"];
const pages = [
  "overview",
  "timeline",
  "flame",
  "flame?mode=time",
  "flame?w=spans",
  "functions",
  "functions?.functions.tab=spans",
  "functions?.functions.tab=waits",
  "functions?.functions.tab=counters",
  "source",
  "system",
  "sql",
  "memory",
];

let place: Place;
before(async () => {
  const made = madeRecordings();
  place = await start(...recordings.map((name) => join(made, `${name}.hone`)));
});
after(() => place.stop());

for (const recording of recordings) {
  test(`every page bears ${recording}`, async () => {
    // Opened once before: a browser writes each "not yet" of a server into its console.
    await (await place.open(`#/system?a=${recording}`)).context().close();
    const page = await place.open(`#/overview?a=${recording}`);
    for (const one of pages) {
      const [name, more = ""] = one.split("?");
      await page.evaluate(
        (hash) => {
          location.hash = hash;
        },
        `#/${name}?a=${recording}${more === "" ? "" : `&${more}`}`,
      );
      await page.locator(`main[data-page=${name}]`).waitFor();
      await settled(page);
      const text = await page.locator("main").innerText();
      assert.ok(text.trim() !== "", `${one}: something is shown or said`);
      assert.doesNotMatch(text, /this page failed|NaN|undefined|\[object/, one);
      await counts(page.locator(".problem"), 0);
      assert.doesNotMatch(await page.title(), /broken/, `${one}: names are text`);
      await counts(page.locator("main [onerror], main script"), 0);
    }
    assert.deepEqual(consoleOf(page), [], "the console is silent");
    await page.context().close();
  });
}

test("two recordings that have nothing in common are compared", async () => {
  const page = await place.open("#/overview?a=one-span&b=threads-200");
  for (const name of ["timeline", "flame", "functions", "source", "system"]) {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, `#/${name}?a=one-span&b=threads-200`);
    await page.locator(`main[data-page=${name}]`).waitFor();
    await settled(page);
    assert.doesNotMatch(
      await page.locator("main").innerText(),
      /this page failed|NaN|undefined/,
      name,
    );
  }
  assert.deepEqual(consoleOf(page), []);
  await page.context().close();
});
