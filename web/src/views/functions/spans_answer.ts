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
  readonly p50_low?: number; // the median's interval at 95%
  readonly p50_high?: number;
  readonly timed?: number; // of a place that was met too often: how many were timed
  readonly still_open?: number;
}

export interface SpanRow extends SpanSums {
  readonly name: string;
  readonly category: string;
  readonly here: boolean; // false: only B has it
  readonly b: SpanSums | null;
  readonly verdict: string;
  readonly ratio: number | null; // of medians, B to A
  readonly interval: readonly [number, number] | null; // the ratio's, at 95%
}

export interface SpanList {
  readonly rows: readonly SpanRow[];
  readonly rows_total: number;
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
  readonly thread: { readonly id: number; readonly tid: number; readonly name: string };
  readonly track: string;
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
  readonly p50: number;
  readonly max: number;
}

export interface Waits {
  readonly recorded: boolean;
  readonly blocked: number;
  readonly waiting_for_cpu: number;
  readonly count: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly kind_texts: Readonly<Record<string, string>>; // "futex": "lock (futex)"
  readonly most_at: {
    readonly kind: string;
    readonly function: string;
    readonly ns: number;
  } | null;
}

export interface SpanAnswer {
  readonly name: string;
  readonly statistics: SpanSums;
  readonly b: SpanSums | null;
  readonly verdict: string;
  readonly ratio: number | null;
  readonly interval: readonly [number, number] | null;
  readonly histogram: Histogram;
  readonly slowest: readonly Slow[];
  readonly over_time: OverTime | null;
  readonly by_thread: readonly Part[];
  readonly by_parent: readonly Part[];
  readonly waits: Waits | null;
}
