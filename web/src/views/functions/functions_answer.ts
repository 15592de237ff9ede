// The answers of `functions` and `function`, and what the page reads out of them.

import type { Absent } from "../../engine/types";

export interface Sums {
  readonly self: number;
  readonly total: number;
  readonly self_samples: number;
  readonly total_samples: number;
  readonly self_low?: number;
  readonly self_high?: number;
}

// Further weights by id; null where the recording has none of it.
export type Counters = Readonly<
  Record<string, { readonly self: number; readonly total: number } | null>
>;

export interface FurtherWeight {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly total: number | null;
  readonly total_b: number | null;
}

export interface FunctionRow extends Sums {
  readonly key: string;
  readonly name: string;
  readonly module: string;
  readonly file: string;
  readonly line: number;
  readonly kind: string;
  readonly in?: string; // of a line: its function
  readonly inlined?: boolean;
  readonly counters?: Counters;
  readonly b: (Sums & { readonly counters?: Counters }) | null;
  readonly delta_self: number | null;
  readonly verdict: string;
}

export interface FunctionList {
  readonly weight: string;
  readonly unit: string;
  readonly total: number;
  readonly total_b: number | null;
  readonly samples: number;
  readonly samples_b: number | null;
  readonly rows_total: number;
  readonly columns?: readonly FurtherWeight[];
  readonly rows: readonly FunctionRow[];
  readonly absent?: Absent | null;
}

export interface Neighbour {
  readonly key: string;
  readonly name: string;
  readonly module: string;
  readonly total: number;
  readonly samples: number;
  readonly b: { readonly total: number; readonly samples: number } | null;
}

export interface FunctionAnswer {
  readonly name: string;
  readonly module: string;
  readonly file: string;
  readonly line: number;
  readonly self: number;
  readonly total: number;
  readonly callers: readonly Neighbour[];
  readonly callees: readonly Neighbour[];
  readonly b?: Sums | null;
}

// With fewer samples than this a share without its interval says more than is known.
export const fewSamples = 200;

export const groupings = [
  { id: "function", says: "Function" },
  { id: "line", says: "Line" },
  { id: "module", says: "Module" },
  { id: "thread", says: "Thread" },
  { id: "process", says: "Process" },
  { id: "subsystem", says: "Subsystem" },
  { id: "span", says: "Span" },
] as const;
export type Grouping = (typeof groupings)[number]["id"];

export function groupingOf(text: string): Grouping {
  return groupings.find(({ id }) => id === text)?.id ?? "function";
}

export const kinds = [
  { id: "all", says: "All" },
  { id: "user", says: "User code", hint: "Code of the program itself" },
  { id: "system", says: "System", hint: "Libraries of the system and the kernel" },
  { id: "inlined", says: "Inlined", hint: "Code that the compiler put into its callers" },
] as const;
export type Kind = (typeof kinds)[number]["id"];

export function kindOf(text: string | undefined): Kind {
  return kinds.find(({ id }) => id === text)?.id ?? "all";
}
