// The guide's chapter "Finding it": each question is answered on a recording of the game, in no more
// clicks than the chapter says.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { questions, Reader } from "./questions.ts";
import { example, type Place, recorded, start } from "./support.ts";

const clicksMost = 4; // what a person accepts

// Of each question in the chapter, by its id.
function clicksOfChapter(): ReadonlyMap<string, number> {
  const chapter = readFileSync("../docs/guide/finding-it.md", "utf8");
  const said = chapter.matchAll(/<!-- found: ([a-z]+) -->\n\*\*(No|\d+) clicks?\*\*/g);
  return new Map([...said].map(([, id = "", count = ""]) => [id, Number(count) || 0]));
}

let place: Place;
before(async () => {
  const game = [example("game"), "--entities", "500", "--frames", "120"] as const;
  place = await start(
    recorded("game", ...game),
    recorded("threaded", ...game, "--parallel-physics"),
  );
});
after(() => place.stop());

test("the chapter has every question", () => {
  assert.deepEqual([...clicksOfChapter().keys()].sort(), questions.map(({ id }) => id).sort());
});

for (const question of questions) {
  test(`"${question.id}" is answered in as many clicks as the chapter says`, async () => {
    const page = await place.open("#/overview?a=game");
    const reader = new Reader(page);
    const answer = await question.ask(reader, ["threaded"]);
    assert.match(answer, question.answer);
    const most = Math.min(clicksMost, clicksOfChapter().get(question.id) ?? 0);
    assert.ok(reader.steps.length <= most, `${reader.steps.join(", ")}: more than ${most}`);
    await place.check(page);
    await page.context().close();
  });
}
