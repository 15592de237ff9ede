// Trees for tests, as they are drawn:
//
//   main 10
//     parse 6 3        (total in A, in B)
//     eval 4 0 onlyA
//
// Totals of the root are those of its children; keys count from 1 by name.

import { endsOf, type FlameTree, nodeFlag } from "./flame_tree";

interface Line {
  readonly depth: number;
  readonly name: string;
  readonly a: number;
  readonly b: number;
  readonly flags: number;
  readonly x: number;
}

export function treeOf(text: string, isCompared = false): FlameTree {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const indent = Math.min(...lines.map((line) => line.search(/\S/)));
  const parsed = lines.map((line): Line => {
    const [name = "", a = "0", ...rest] = line.trim().split(/\s+/);
    const at = rest.find((word) => word.startsWith("@"));
    const b = rest[0] !== undefined && /^\d/.test(rest[0]) ? rest[0] : isCompared ? "0" : a;
    const words = rest.filter((word): word is keyof typeof nodeFlag => word in nodeFlag);
    return {
      depth: (line.search(/\S/) - indent) / 2 + 1,
      name,
      a: Number(a),
      b: Number(b),
      flags: words.reduce((sum, word) => sum | nodeFlag[word], 0),
      x: Number(at?.slice(1) ?? 0),
    };
  });
  const tops = parsed.filter((line) => line.depth === 1);
  const sum = (of: (line: Line) => number): number => tops.reduce((all, one) => all + of(one), 0);
  const root = { depth: 0, name: "all", a: sum((l) => l.a), b: sum((l) => l.b), flags: 0, x: 0 };
  return treeFrom([root, ...parsed], isCompared);
}

function treeFrom(all: readonly Line[], isCompared: boolean): FlameTree {
  const parent = Uint32Array.from(all, (line, i) => {
    for (let up = i - 1; up >= 0; up--) if ((all[up]?.depth ?? 0) < line.depth) return up;
    return i;
  });
  const own = (value: (line: Line) => number): Float64Array => {
    const self = Float64Array.from(all, value);
    all.forEach((line, i) => {
      if (i > 0) self[parent[i] ?? 0]! -= value(line);
    });
    return self;
  };
  const names = [...new Set(all.map((line) => line.name))];
  const indices = Uint32Array.from(all, (line) => names.indexOf(line.name));
  return {
    rows: all.length,
    parent,
    depth: Uint16Array.from(all, (line) => line.depth),
    name: indices,
    module: new Uint32Array(all.length),
    keyHigh: new Uint32Array(all.length),
    keyLow: indices,
    total: Float64Array.from(all, (line) => line.a),
    self: own((line) => line.a),
    totalB: isCompared ? Float64Array.from(all, (line) => line.b) : null,
    selfB: isCompared ? own((line) => line.b) : null,
    samples: Uint32Array.from(all, (line) => line.a),
    samplesB: isCompared ? Uint32Array.from(all, (line) => line.b) : null,
    flags: Uint8Array.from(all, (line) => line.flags),
    count: new Uint32Array(all.length),
    x: Float64Array.from(all, (line) => line.x),
    end: endsOf(parent),
    names,
    modules: ["app"],
  };
}
