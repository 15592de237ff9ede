// Beside which instructions it is said whose code begins there. Said where it is known alone: in
// between, nothing was sampled, and the code may be of another call.

import { nameForms } from "../base/text";

export interface Step {
  readonly key: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

// Innermost first; null where it is not known.
export type Steps = readonly Step[] | null | undefined;

const namesMost = 3;

function shortName(name: string): string {
  return nameForms(name.slice(0, 2_000)).at(-1) ?? "";
}

// "inner ‹ outer" of the calls that were dissolved, the function itself where there is none.
export function marksText(steps: readonly Step[]): string {
  const calls = steps.length > 1 ? steps.slice(0, -1) : steps;
  const names = calls.slice(0, namesMost).map(({ name }) => shortName(name));
  return names.join(" ‹ ") + (calls.length > namesMost ? " ‹ …" : "");
}

function isSame(one: readonly Step[], other: readonly Step[]): boolean {
  return one.length === other.length && one.every(({ key }, i) => key === other[i]?.key);
}

// For each instruction a text, or "". A function into which nothing was inlined has none at all.
export function inlineMarks(all: readonly { readonly inline_stack?: Steps }[]): readonly string[] {
  if (!all.some(({ inline_stack: steps }) => (steps?.length ?? 0) > 1)) return [];
  let before: readonly Step[] = [];
  return all.map(({ inline_stack: steps }) => {
    if (steps === null || steps === undefined || steps.length === 0) return "";
    if (isSame(steps, before)) return "";
    before = steps;
    return marksText(steps);
  });
}
