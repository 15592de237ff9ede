import { describe, expect, test } from "vitest";
import { rangeOf } from "../base/time";
import { fromHash, onPage, selectionOf, start, toHash, type State } from "./state";

const full: State = {
  ...start,
  page: "flame",
  a: "game 200%",
  b: "game&500",
  range: rangeOf(1_000, 9_007_199_254_740_000),
  threads: [1, 77],
  process: "game",
  inside: "Render::Frame",
  kernel: false,
  weight: "off-cpu",
  per: "total",
  key: "00ff00ff00ff00ff",
  span: "<b>bold</b>",
  event: "spans:3/12",
  view: rangeOf(5, 10),
  by: "line",
  sort: "self",
  order: "asc",
  mode: "time",
  invert: true,
  transforms: ["focus:0011", "collapse-module:libc.so.6"],
  root: ["aa", "bb"],
  search: "/x+y/&a=b#c",
  more: { "sql.text": "select 1; -- ü" },
};

describe("the address", () => {
  test("holds all of a state", () => {
    expect(fromHash(toHash(full))).toEqual(full);
  });
  test("of the start is short", () => {
    expect(toHash(start)).toBe("#/overview");
    expect(fromHash("")).toEqual(start);
  });
  test("of any text is some state", () => {
    for (const text of ["#", "#/nowhere", "#/flame?t=9-x&threads=a,,3&%zz=1&root=,", "#/?=&&="]) {
      expect(fromHash(text).threads.every(Number.isSafeInteger)).toBe(true);
    }
    expect(fromHash("#/flame?t=9-x").range).toBe(null);
    expect(fromHash("#/flame?t=9-4").range).toEqual(rangeOf(4, 9));
    expect(fromHash("#/functions?threads=a,,3").threads).toEqual([3]);
  });
});

test("another page keeps filters and forgets how lists were sorted", () => {
  const there = onPage(full, "functions");
  expect(there.range).toEqual(full.range);
  expect(there.sort).toBe("");
  expect(selectionOf(there)["t"]).toBe("1000-9007199254740000");
});
