import { expect, test } from "vitest";
import { rangeOf } from "../base/time";
import { fromHash, start, toHash } from "./state";
import { type Prefs, prefsOf, toggledIn, withPrefs } from "./timeline_prefs";

const full: Prefs = {
  pins: ["a|thread:1", "b|plot:a,b&c/d"],
  toggled: ["a|process:1"],
  moves: [{ key: "a|thread:1", to: 3 }],
  isCompact: true,
  hideEmpty: true,
  filter: "<b>",
  isBeside: true,
  isTable: true,
  frameSet: "frame",
  selected: rangeOf(5, 9_007_199_254_740_000),
  tab: "flame",
  isNotes: true,
  of: "0123456789abcdef",
};

test("an arrangement travels in the address", () => {
  const state = { ...start, ...withPrefs(start, full) };
  expect(prefsOf(fromHash(toHash(state)))).toEqual(full);
});

test("what is as at first takes no room, and others' names stay", () => {
  const before = { ...start, more: { "sql.text": "x" } };
  const state = { ...before, ...withPrefs(before, full) };
  expect(state.more["sql.text"]).toBe("x");
  const empty = withPrefs(state, prefsOf(start));
  expect(empty.more).toEqual({ "sql.text": "x" });
});

test("any text is some arrangement", () => {
  const state = { ...start, more: { "tl.order": "x\n12@\n3@k", "tl.sel": "9", "tl.pin": "\n\n" } };
  expect(prefsOf(state).moves).toEqual([{ key: "k", to: 3 }]);
  expect(prefsOf(state).selected).toBe(null);
  expect(prefsOf(state).pins).toEqual([]);
});

test("toggled", () => {
  expect(toggledIn(["a"], "b")).toEqual(["a", "b"]);
  expect(toggledIn(["a", "b"], "a")).toEqual(["b"]);
});
