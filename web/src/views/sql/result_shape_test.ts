import { expect, test } from "vitest";
import { barColumns, cellText, columnWidth, csvText, timeColumns } from "./result_shape";
import type { Rows } from "./sql_types";

function rowsOf(names: readonly string[], ...rows: Rows["rows"]): Rows {
  return {
    columns: names.map((name) => ({ name, type: "" })),
    rows,
    row_count: rows.length,
    cut: false,
    elapsed_ns: 0,
    touched: 0,
  };
}

test("times are found by their names", () => {
  expect(timeColumns(rowsOf(["name", "ts", "DUR"], ["x", 1, 2]))).toEqual({ ts: 1, dur: 2 });
  expect(timeColumns(rowsOf(["name"], ["x"]))).toBe(null);
});

test("bars have a name and a length", () => {
  expect(barColumns(rowsOf(["id", "name", "total"], [1, "x", 5]))).toEqual({ label: 1, value: 2 });
  const sorted = rowsOf(["name", "count", "total"], ["x", 1, 9], ["y", 5, 2]);
  expect(barColumns(sorted)).toEqual({ label: 0, value: 2 });
  expect(barColumns(rowsOf(["name"], ["x"]))).toBe(null);
  expect(barColumns(rowsOf(["name", "total"]))).toBe(null);
});

test("durations are shown with a unit, nulls as nothing", () => {
  expect(cellText(1500, "dur")).toBe("1.50 µs");
  expect(cellText(1500, "count")).toBe("1500");
  expect(cellText(null, "dur")).toBe("");
});

test("CSV quotes what has commas, quotes or lines", () => {
  expect(csvText(rowsOf(["a,b", "c"], ['x"y', null], ["1\n2", 3]))).toBe(
    '"a,b",c\r\n"x""y",\r\n"1\n2",3\r\n',
  );
});

test("a column is as wide as what it holds, within limits", () => {
  const rows = rowsOf(["id", "name"], [1, "Physics::World::step"]);
  expect(columnWidth(rows, 0)).toBe("minmax(3.7rem, 4fr)");
  expect(columnWidth(rows, 1)).toBe("minmax(12.5rem, 20fr)");
  const long = rowsOf(["name"], ["x".repeat(500)]);
  expect(columnWidth(long, 0)).toBe("minmax(18.0rem, 60fr)");
});
