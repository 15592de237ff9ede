import { describe, expect, test } from "vitest";
import { costOfB, heatMarks, hotLines, nextHot } from "./hot_lines";
import { jumpsInView, placeJumps } from "./jump_lanes";

const costs = [
  { line: 30, self: 100, total: 100, samples: 10 },
  { line: 10, self: 60, total: 400, samples: 6, b_self: 5 },
  { line: 12, self: 4, total: 4, samples: 1 },
  { line: 50, self: 0, total: 900, samples: 0 },
];

describe("hot lines", () => {
  test("come in the order of the source, without those that hardly count", () => {
    expect(hotLines(costs, "self")).toEqual([10, 30]);
    expect(hotLines(costs, "total")).toEqual([10, 30, 50]);
    expect(hotLines([], "self")).toEqual([]);
  });
  test("follow each other round the end", () => {
    const lines = [10, 30, 50];
    expect(nextHot(lines, 10, 1)).toBe(30);
    expect(nextHot(lines, 50, 1)).toBe(10);
    expect(nextHot(lines, 10, -1)).toBe(50);
    expect(nextHot(lines, 11, -1)).toBe(10);
    expect(nextHot([], 4, 1)).toBe(0);
  });
  test("of B are nothing where B has none", () => {
    expect(costs.map((cost) => costOfB(cost, "self"))).toEqual([0, 5, 0, 0]);
  });
  test("are marked beside the scrollbar, the hottest of a pixel", () => {
    const marks = heatMarks(costs, "self", 1, 100, 10);
    expect(marks.map(({ y, heat }) => [y, heat])).toEqual([
      [0.2, 1],
      [0, 0.6],
      [0.1, 0.04],
    ]);
    expect(heatMarks(costs, "self", 40, 5, 10)).toEqual([]);
    expect(heatMarks(costs, "self", 1, 0, 10)).toEqual([]);
  });
});

describe("jumps", () => {
  // A loop in a loop, and one beside them.
  const outer = { from: 20, to: 2 };
  const inner = { from: 10, to: 5 };
  const other = { from: 30, to: 40 };
  test("inner ones lie nearer to the code", () => {
    const { placed } = placeJumps([outer, inner, other], 4);
    const laneOf = (from: number): number | undefined =>
      placed.find((jump) => jump.from === from)?.lane;
    expect(laneOf(10)).toBe(0);
    expect(laneOf(20)).toBe(1);
    expect(laneOf(30)).toBe(0);
  });
  test("that find no lane are counted", () => {
    expect(placeJumps([outer, inner], 1)).toMatchObject({ left: 1, placed: [{ from: 10 }] });
    expect(placeJumps([outer], 0).left).toBe(1);
  });
  test("in view are those that touch it", () => {
    expect(jumpsInView([outer, inner, other], 11, 15, 10)).toEqual([outer]);
    expect(jumpsInView([outer, inner, other], 0, 50, 2)).toHaveLength(2);
  });
});
