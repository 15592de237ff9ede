import { expect, test } from "vitest";
import { addRan, addSaved, type Keep, ranBefore, removeSaved, savedQueries } from "./history";

function memory(): Keep {
  const values = new Map<string, string>();
  return {
    getItem: (name) => values.get(name) ?? null,
    setItem: (name, value) => void values.set(name, value),
  };
}

test("the last statement comes first, and each once", () => {
  const keep = memory();
  for (const sql of ["a", "b", "a"]) addRan(keep, sql);
  expect(ranBefore(keep)).toEqual(["a", "b"]);
  for (let i = 0; i < 100; ++i) addRan(keep, `select ${i}`);
  expect(ranBefore(keep)).toHaveLength(50);
});

test("saved queries are replaced by name and removed", () => {
  const keep = memory();
  addSaved(keep, { name: "x", sql: "1" });
  addSaved(keep, { name: "x", sql: "2" });
  expect(savedQueries(keep)).toEqual([{ name: "x", sql: "2" }]);
  expect(removeSaved(keep, "x")).toEqual([]);
});

test("what others wrote there does no harm", () => {
  const keep = memory();
  keep.setItem("hone-sql-history", "{");
  keep.setItem("hone-sql-saved", '[1, {"name": 2}, null]');
  expect(ranBefore(keep)).toEqual([]);
  expect(savedQueries(keep)).toEqual([]);
});
