import { expect, test } from "vitest";
import { matchesIn, textMatcher } from "./flame_search";
import { treeOf } from "./flame_text";

const tree = treeOf(`
  main 80
    parse 50
      read 20
        parse 10
    Parser::next 10
  idle 20
`);

test("what matches inside of a match is not counted twice", () => {
  const found = matchesIn(tree, "PARSE");
  expect(found.total).toBe(60);
  expect(found.share).toBeCloseTo(0.6);
  expect(found.keys.size).toBe(2);
});

test("expressions, and texts that are none", () => {
  expect(matchesIn(tree, "/^read$|idle/").total).toBe(40);
  expect(matchesIn(tree, "/(/").keys.size).toBe(0);
  expect(textMatcher("/(/")).toBe(null);
  expect(textMatcher("/x")?.("a/X")).toBe(true);
  expect(matchesIn(tree, "nowhere")).toMatchObject({ total: 0, share: 0 });
});
