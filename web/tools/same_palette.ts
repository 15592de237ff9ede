// Fails where the colours of the pages differ from those of `hone flamegraph`: one function has one
// colour everywhere. node tools/same_palette.ts ../src/report/assets/palette.css

import { readFileSync } from "node:fs";
import { palette } from "../src/base/palette.ts";

const css = readFileSync(process.argv[2] ?? "", "utf8");
const rule = /^\.c(\d)(\d)\{fill:(#[0-9a-f]{6});fill:light-dark\(\3,(#[0-9a-f]{6})\)\}$/gm;
const theirs = [...css.matchAll(rule)].map(
  ([, hue, step, light, dark]) => `${hue}${step} ${light} ${dark}`,
);
const ours = palette.light.flatMap((steps, hue) =>
  steps.map((light, step) => `${hue}${step} ${light} ${palette.dark[hue]?.[step]}`),
);
const differing = [
  ...ours.filter((row) => !theirs.includes(row)).map((row) => `- ${row}: in palette.ts alone`),
  ...theirs.filter((row) => !ours.includes(row)).map((row) => `+ ${row}: in palette.css alone`),
];
if (differing.length > 0 || ours.length !== theirs.length) {
  process.stderr.write(`the palettes differ:\n${differing.join("\n")}\n`);
  process.exitCode = 1;
}
