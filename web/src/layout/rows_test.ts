import { describe, expect, test } from "vitest";
import { timelineOf, track } from "./timeline_maker";
import { start } from "../model/state";
import { type Prefs, prefsOf } from "../model/timeline_prefs";
import { sectionsOf, unmatched } from "./row_items";
import { heightOf, layoutRows, type Row, rowsBetween } from "./rows";

const plain = prefsOf(start);
const a = sectionsOf(
  timelineOf(
    ["main", "worker", "worker"],
    [track("plot:x", { group: "Plots", events: 0 }), track("plot:y", { group: "Plots" })],
  ),
);
const b = sectionsOf(timelineOf(["main", "worker", "io"]));

function laid(prefs: Partial<Prefs>, threads: readonly number[] = [], withB = false) {
  const sides = [{ side: "a" as const, name: "A", sections: a }];
  return layoutRows({
    sides: withB ? [...sides, { side: "b" as const, name: "B", sections: b }] : sides,
    prefs: { ...plain, ...prefs },
    threads,
  });
}
const picture = (rows: readonly Row[]): readonly string[] =>
  rows.map((row) => `${row.kind === "tracks" ? "" : "# "}${row.side} ${row.title}`);

describe("rows", () => {
  test("come by process, a thread with its strips as one", () => {
    const { rows } = laid({});
    expect(picture(rows)).toEqual([
      "a load",
      "# a CPUs",
      "a core:0",
      "a core:1",
      "# a app (77)",
      "a main",
      "a worker",
      "a worker",
      "# a Plots",
      "a plot:x",
      "a plot:y",
    ]);
    const main = rows[5];
    expect(main?.lanes.map(({ track: { kind }, depths }) => `${kind}${depths}`)).toEqual([
      "state1",
      "samples1",
      "spans3",
    ]);
  });
  test("stand below each other without gaps, and lanes inside of them", () => {
    const { rows } = laid({});
    let top = 0;
    for (const row of rows) {
      expect(row.top).toBe(top);
      for (const lane of row.lanes) expect(lane.top + lane.height).toBeLessThanOrEqual(row.height);
      expect(row.height).toBeGreaterThanOrEqual(24); // what a finger can hit
      top += row.height;
    }
    expect(heightOf(rows)).toBe(top);
  });
  test("are filtered by words, by threads and by what is empty", () => {
    expect(picture(laid({ filter: "WORK app" }).rows)).toEqual([
      "# a app (77)",
      "a worker",
      "a worker",
    ]);
    expect(laid({ filter: "nothing" }).rows).toEqual([]);
    expect(picture(laid({ hideEmpty: true }).rows)).not.toContain("a plot:x");
    expect(picture(laid({}, [1]).rows)).not.toContain("a worker");
    expect(laid({}, [1]).hidden).toBe(2);
  });
  test("fold: a section leaves its title, a thread one line", () => {
    const { rows } = laid({ toggled: ["a|process:1"] });
    expect(picture(rows)).not.toContain("a main");
    expect(picture(rows)).toContain("# a app (77)");
    const folded = laid({ toggled: ["a|thread:1"] }).rows.find(({ title }) => title === "main");
    expect(folded?.lanes.map(({ track: { kind }, depths }) => `${kind}${depths}`)).toEqual([
      "state1",
      "spans1",
    ]);
  });
  test("many cores are folded at first", () => {
    const cores = Array.from({ length: 20 }, (_, i) => track(`core:${i + 2}`, { group: "CPUs" }));
    const sections = sectionsOf(timelineOf([], cores));
    const at = (toggled: readonly string[]) =>
      layoutRows({
        sides: [{ side: "a", name: "", sections }],
        prefs: { ...plain, toggled },
        threads: [],
      }).rows;
    expect(picture(at([]))).toEqual(["a load", "# a CPUs"]);
    expect(at(["a|group:CPUs"]).length).toBe(24);
  });
  test("are pinned apart, and moved among their siblings", () => {
    const pinned = laid({ pins: ["a|plot:y", "a|thread:2"] });
    expect(picture(pinned.pinned)).toEqual(["a worker", "a plot:y"]);
    expect(picture(pinned.rows)).not.toContain("a plot:y");
    const moved = laid({ moves: [{ key: "a|plot:y", to: 0 }] }).rows;
    expect(picture(moved).slice(-2)).toEqual(["a plot:y", "a plot:x"]);
    expect(picture(laid({ moves: [{ key: "nobody", to: 99 }] }).rows)).toEqual(
      picture(laid({}).rows),
    );
  });
  test("are lower when they are compact", () => {
    expect(heightOf(laid({ isCompact: true }).rows)).toBeLessThan(heightOf(laid({}).rows));
  });
});

describe("two recordings", () => {
  test("stand below each other", () => {
    const rows = picture(laid({}, [], true).rows);
    expect(rows[0]).toBe("# a A");
    expect(rows).toContain("# b B");
    expect(rows.indexOf("b main")).toBeGreaterThan(rows.indexOf("a plot:y"));
  });
  test("or each track below the one of its name", () => {
    const rows = picture(laid({ isBeside: true }, [], true).rows);
    expect(rows.indexOf("b main")).toBe(rows.indexOf("a main") + 1);
    expect(rows.indexOf("b worker")).toBe(rows.indexOf("a worker") + 1);
    expect(rows.filter((row) => row === "b worker").length).toBe(1);
    expect(rows.indexOf("b io")).toBeGreaterThan(rows.indexOf("# b B: only in B"));
  });
  test("a filter by threads of A takes those of the same names of B", () => {
    const rows = picture(laid({}, [1], true).rows);
    expect(rows).toContain("b main");
    expect(rows).not.toContain("b worker");
    expect(rows).not.toContain("b io");
  });
  test("what has no counterpart is named", () => {
    expect(unmatched(a, b)).toEqual({ onlyA: ["worker", "plot:x", "plot:y"], onlyB: ["io"] });
  });
});

test("rows in view are found by their heights", () => {
  const { rows } = laid({});
  const third = rows[2];
  const top = third?.top ?? 0;
  expect(rowsBetween(rows, top, top + 1)).toEqual([third]);
  expect(rowsBetween(rows, -500, 1)).toEqual([rows[0]]);
  expect(rowsBetween(rows, 1e9, 2e9)).toEqual([]);
});
