import { expect, test } from "vitest";
import { inlineMarks, type Step } from "./inline_marks";

// "deep get work": innermost first; "": not known.
function asm(...rows: readonly string[]): { inline_stack: readonly Step[] | null }[] {
  const step = (name: string): Step => ({ key: name, name, file: "", line: 1 });
  return rows.map((row) => ({ inline_stack: row === "" ? null : row.split(" ").map(step) }));
}

test("said where the call changes, and not where nothing is known", () => {
  expect(
    inlineMarks(asm("", "work", "", "get work", "get work", "", "deep get work", "work")),
  ).toEqual(["", "work", "", "get", "", "", "deep ‹ get", "work"]);
});

test("a call that is the same behind what is not known is not said again", () => {
  expect(inlineMarks(asm("get work", "", "get work"))).toEqual(["get", "", ""]);
});

test("nothing where nothing was inlined", () => {
  expect(inlineMarks(asm("work", "", "work"))).toEqual([]);
});

test("short names, and not too many", () => {
  const one = { key: "1", name: "std::vector<int>::at(unsigned long)", file: "", line: 1 };
  expect(inlineMarks([{ inline_stack: [one, { ...one, key: "2" }] }])).toEqual(["at"]);
  expect(inlineMarks(asm("a b c d e work"))).toEqual(["a ‹ b ‹ c ‹ …"]);
});
