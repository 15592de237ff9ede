import { describe, expect, test } from "vitest";
import {
  deltaOfRow,
  hitFlame,
  layoutFlame,
  oneSided,
  stepFlame,
  type FlameBasis,
} from "./flame_layout";
import { keysTo, nameOf, pathOf, rowAt, type FlameTree } from "./flame_tree";
import { treeOf } from "./flame_text";

const plain: FlameBasis = { side: "a", isShare: true, isTime: false };

// Each shown frame as "name left-right", of a picture 100 wide, a line a level.
function drawn(tree: FlameTree, root = 0, basis = plain): readonly string[] {
  const layout = layoutFlame(tree, root, basis);
  return layout.levels.map((rows) =>
    [...rows]
      .map((row) => {
        const at = (edge: number | undefined): number => Math.round((edge ?? 0) * 100);
        return `${nameOf(tree, row)} ${at(layout.left[row])}-${at(layout.right[row])}`;
      })
      .join("  "),
  );
}

const game = treeOf(`
  main 80
    parse 50
      read 20
      parse 10
    draw 20
  idle 20
`);

function rowNamed(tree: FlameTree, name: string, nth = 0): number {
  const rows = Array.from({ length: tree.rows }, (_, i) => i);
  return rows.filter((row) => nameOf(tree, row) === name)[nth] ?? -1;
}

describe("a picture", () => {
  test("of everything", () => {
    expect(drawn(game)).toEqual([
      "all 0-100",
      "main 0-80  idle 80-100",
      "parse 0-50  draw 50-70",
      "read 0-20  parse 20-30",
    ]);
  });
  test("of a part: its ancestors are as wide as it, its siblings are gone", () => {
    expect(drawn(game, rowNamed(game, "parse"))).toEqual([
      "all 0-100",
      "main 0-100",
      "parse 0-100",
      "read 0-40  parse 40-60",
    ]);
  });
  test("of nothing", () => {
    expect(drawn(treeOf("main 0"))).toEqual(["all 0-100"]);
  });
  test("in the order of time lies where the server says", () => {
    const tree = treeOf(`
      main 40 @0
        parse 10 @5
        parse 10 @25
      main 10 @40
    `);
    expect(drawn(tree, 0, { ...plain, isTime: true })).toEqual([
      "all 0-100",
      "main 0-80  main 80-100",
      "parse 10-30  parse 50-70",
    ]);
  });
  test("in the order of time is found in whatever order the answer has it", () => {
    const tree = treeOf(`
      late 10 @30
      early 30 @0
    `);
    const layout = layoutFlame(tree, 0, { ...plain, isTime: true });
    expect(nameOf(tree, hitFlame(layout, 0.5, 1))).toBe("early");
    expect(nameOf(tree, hitFlame(layout, 0.8, 1))).toBe("late");
  });
  test("whose children claim more than their parent stays inside it", () => {
    const tree = treeOf(`
      main 10
        parse 8
        draw 8
          fill 8
    `);
    expect(drawn(tree)[2]).toBe("parse 0-80  draw 80-100");
    expect(drawn(tree)[3]).toBe("fill 80-100");
  });
});

describe("two recordings", () => {
  const both = treeOf(
    `
    main 100 200
      parse 60 60
      draw 40 20
      sort 0 120 onlyB
        swap 0 20 onlyB
`,
    true,
  );
  test("widths are of A, of B, or of both", () => {
    expect(drawn(both, 0, { ...plain, side: "a" })[2]).toBe("parse 0-60  draw 60-100");
    expect(drawn(both, 0, { ...plain, side: "b" })[2]).toBe("parse 0-30  draw 30-40  sort 40-100");
    expect(drawn(both, 0, { ...plain, side: "both" })[2]).toBe(
      "parse 0-45  draw 45-70  sort 70-100",
    );
    expect(drawn(both, 0, { side: "both", isShare: false, isTime: false })[2]).toBe(
      "parse 0-40  draw 40-60  sort 60-100",
    );
  });
  test("what the side of the widths lacks is drawn all the same when zoomed into", () => {
    expect(drawn(both, rowNamed(both, "sort"))[3]).toBe("swap 0-17");
  });
  test("the change is of shares or as measured", () => {
    const parse = rowNamed(both, "parse");
    expect(deltaOfRow(both, parse, true)).toBeCloseTo(-0.3);
    expect(deltaOfRow(both, parse, false)).toBe(0);
  });
  test("what one side lacks is listed once, by its outermost frame", () => {
    expect(oneSided(both).map(({ row, side }) => `${nameOf(both, row)} ${side}`)).toEqual([
      "sort b",
    ]);
  });
});

describe("the pointer", () => {
  const layout = layoutFlame(game, 0, plain);
  const at = (x: number, depth: number, slack = 0): string => {
    const row = hitFlame(layout, x, depth, slack);
    return row < 0 ? "" : nameOf(game, row);
  };
  test("finds the frame that it is on, edges to the right one", () => {
    expect(at(0, 1)).toBe("main");
    expect(at(0.79, 1)).toBe("main");
    expect(at(0.8, 1)).toBe("idle");
    expect(at(0.49, 2)).toBe("parse");
  });
  test("finds nothing beside frames, below them and outside", () => {
    expect(at(0.75, 2)).toBe("");
    expect(at(0.5, 9)).toBe("");
    expect(at(1.5, 0)).toBe("");
    expect(at(-0.5, 0)).toBe("");
  });
  test("finds thin ones near it", () => {
    expect(at(0.705, 2, 0.01)).toBe("draw");
    expect(at(0.715, 2, 0.01)).toBe("");
  });
});

describe("the keyboard", () => {
  const layout = layoutFlame(game, 0, plain);
  const walk = (from: string, step: Parameters<typeof stepFlame>[2]): string =>
    nameOf(game, stepFlame(layout, rowNamed(game, from), step));
  test("goes in to the widest, out to the caller, and to either side", () => {
    expect(walk("main", "in")).toBe("parse");
    expect(walk("read", "out")).toBe("parse");
    expect(walk("parse", "right")).toBe("draw");
    expect(walk("main", "right")).toBe("idle");
  });
  test("stays where there is nothing", () => {
    expect(walk("idle", "in")).toBe("idle");
    expect(walk("all", "out")).toBe("all");
    expect(walk("main", "left")).toBe("main");
  });
});

test("a path of keys leads to its row, and says how far it leads", () => {
  const inner = rowNamed(game, "parse", 1);
  expect(pathOf(game, inner).map((row) => nameOf(game, row))).toEqual(["main", "parse", "parse"]);
  const keys = keysTo(game, inner);
  expect(rowAt(game, keys)).toEqual({ row: inner, found: 3 });
  expect(rowAt(game, [...keys, "ffffffffffffffff"])).toEqual({ row: inner, found: 3 });
  expect(rowAt(game, [])).toEqual({ row: 0, found: 0 });
});
