import { expect, test } from "vitest";
import { rowOf, sandwichOf, sourceOf, stacksOf, timesOf } from "./links";
import { fromHash, toHash } from "./state";

const here = fromHash("#/timeline?b=after&t=1-2&sort=p99&.functions.tab=waits&.src.kind=total");

test("a link keeps the recordings and the filters, and not the order of a list", () => {
  for (const there of [
    stacksOf(here, "0f"),
    sandwichOf(here, "0f"),
    sourceOf(here, "0f"),
    rowOf(here, "0f"),
    timesOf(here, "tick"),
  ]) {
    expect([there.b, there.range, there.sort]).toEqual(["after", here.range, ""]);
  }
});

test("a function's row is in the table, whichever tab was open", () => {
  expect(toHash(rowOf(here, "0f"))).not.toContain("functions.tab");
  expect(toHash(timesOf(here, "tick"))).toContain("functions.tab=spans");
  expect(rowOf(here, "0f").more["src.kind"]).toBe("total");
});

test("stacks through a function are focused on it", () => {
  expect(stacksOf(here, "0f")).toMatchObject({
    page: "flame",
    transforms: ["focus:0f"],
    key: "0f",
  });
  expect(sandwichOf(here, "0f")).toMatchObject({ mode: "sandwich", transforms: [] });
});
