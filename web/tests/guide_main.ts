// Works the guide's pages on recordings, for tools/docs_examples: takes pictures, light and dark,
// and answers the questions of "Finding it". What to do comes as JSON on standard input, what was
// found goes as JSON to standard output.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { withPalette } from "./png.ts";
import { questions, Reader } from "./questions.ts";
import { type Place, settled, start } from "./support.ts";

interface Order {
  readonly recordings: readonly string[]; // the first is shown
  readonly out: string; // where pictures go
  readonly pictures: readonly { readonly name: string; readonly hash: string; size: Size }[];
  // Ids of questions, those to be pictured with the name of the picture.
  readonly questions: Readonly<Record<string, string>>;
}
type Size = readonly [number, number];
const sizeOfAnswers: Size = [1280, 800];
const drawnAfterMs = 700; // the timeline asks for what is in view when that rests

async function picture(page: Page, out: string, name: string): Promise<void> {
  for (const look of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: look });
    await page.mouse.move(0, 0);
    await page.waitForTimeout(drawnAfterMs);
    await settled(page);
    writeFileSync(join(out, `${name}-${look}.png`), withPalette(await page.screenshot()));
  }
}

async function opened(place: Place, hash: string, [width, height]: Size): Promise<Page> {
  const page = await place.open(hash, { viewport: { width, height } });
  await page.waitForTimeout(drawnAfterMs);
  await settled(page);
  return page;
}

async function work(order: Order): Promise<Record<string, unknown>> {
  const place = await start(...order.recordings);
  const [first = "", ...others] = order.recordings.map((file) =>
    file.replace(/^.*\/|\.hone$/g, ""),
  );
  const found: Record<string, unknown> = {};
  try {
    for (const { name, hash, size } of order.pictures) {
      const page = await opened(place, hash, size);
      await picture(page, order.out, name);
      await page.context().close();
    }
    for (const [id, name] of Object.entries(order.questions)) {
      const question = questions.find((one) => one.id === id);
      assert.ok(question !== undefined, `there is no question '${id}'`);
      const page = await opened(place, `#/overview?a=${first}`, sizeOfAnswers);
      const reader = new Reader(page);
      const answer = await question.ask(reader, others);
      assert.match(answer, question.answer);
      if (name !== "") await picture(page, order.out, name);
      found[id] = { steps: reader.steps, answer };
      await page.context().close();
    }
  } finally {
    await place.stop();
  }
  return found;
}

const order = JSON.parse(readFileSync(0, "utf8")) as Order;
process.stdout.write(JSON.stringify(await work(order)));
