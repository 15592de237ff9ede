// The answers of `spans` and `span`.

import type { Absent } from "../../engine/types";

export interface SpanSums {
  readonly count: number;
  readonly total: number;
  readonly self: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly threads?: number;
}

export interface SpanRow extends SpanSums {
  readonly name: string;
  readonly category: string;
  readonly b: SpanSums | null;
  readonly verdict: string;
  // Of the ratio of medians, B to A, at 95%.
  readonly interval: readonly [number, number] | null;
}

export interface SpanList {
  readonly rows: readonly SpanRow[];
  readonly rows_total?: number;
  readonly absent?: Absent | null;
}

export interface Histogram {
  readonly edges_ns: readonly number[];
  readonly counts: readonly number[];
  readonly total_ns: readonly number[];
  readonly counts_b?: readonly number[] | null;
  readonly total_ns_b?: readonly number[] | null;
}

export interface Slow {
  readonly event: number;
  readonly thread: number;
  readonly thread_name?: string;
  readonly start: number;
  readonly duration: number;
}

export interface OverTime {
  readonly edges_ns: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

export interface Part {
  readonly name: string;
  readonly count: number;
  readonly total: number;
  readonly mean?: number;
  readonly p50?: number;
  readonly max?: number;
}

export interface SpanAnswer {
  readonly name: string;
  readonly statistics: Partial<SpanSums> & { readonly count: number };
  readonly b: (Partial<SpanSums> & { readonly count: number }) | null;
  readonly histogram: Histogram;
  readonly slowest: readonly Slow[];
  readonly over_time: OverTime | null;
  readonly by_thread: readonly Part[];
  readonly by_parent: readonly Part[];
}
