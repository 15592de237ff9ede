// What was done to the graph, as the address and the API spell it: "focus:KEY". Pure.

import type { State } from "../../model/state";

export const operations = [
  "focus",
  "merge",
  "drop",
  "collapse",
  "collapse-module",
  "collapse-recursion",
  "root",
] as const;
export type Operation = (typeof operations)[number];

const words: Record<Operation, string> = {
  focus: "only through",
  merge: "merged",
  drop: "without",
  collapse: "folded",
  "collapse-module": "library folded",
  "collapse-recursion": "recursion folded",
  root: "from",
};

export interface Transform {
  readonly operation: Operation;
  readonly of: string; // a key, or a module
}

// null: not one that there is.
export function transformOf(text: string): Transform | null {
  const colon = text.indexOf(":");
  const operation = operations.find((one) => one === text.slice(0, colon));
  const of = text.slice(colon + 1);
  return operation === undefined || of === "" ? null : { operation, of };
}

export function chipText(text: string, nameOfKey: (key: string) => string): string {
  const transform = transformOf(text);
  if (transform === null) return text;
  const { operation, of } = transform;
  return `${words[operation]} ${operation === "collapse-module" ? of : nameOfKey(of)}`;
}

// The state with one more; the same twice does nothing. What was zoomed into stays where the frames
// on the way to it stay.
export function withTransform(state: State, operation: Operation, of: string): Partial<State> {
  const text = `${operation}:${of}`;
  if (state.transforms.includes(text)) return {};
  const transforms = [...state.transforms, text];
  if (operation === "merge") return { transforms, root: state.root.filter((key) => key !== of) };
  const staysAt = operation === "collapse" || operation === "drop";
  if (staysAt && !state.root.includes(of)) return { transforms };
  return { transforms, root: [] };
}

export function withoutTransform(state: State, index: number): Partial<State> {
  return { transforms: state.transforms.filter((_, i) => i !== index), root: [] };
}
