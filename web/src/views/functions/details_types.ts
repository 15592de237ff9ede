// The answer of `details`: parts of hone.report/1, as docs/reference/json.md tells them.

import type { Absent } from "../../engine/types";

export interface Times {
  readonly count: number;
  readonly total_ns: number;
  readonly mean_ns: number;
  readonly p50_ns: number;
  readonly p95_ns: number;
  readonly p99_ns: number;
  readonly most_ns: number;
}

export interface WaitKindTimes {
  readonly ns: number;
  readonly estimated_ns: number;
  readonly count: number;
}

export interface WaitTimes {
  readonly life_ns: number;
  readonly running_ns: number;
  readonly blocked_ns: number;
  readonly waiting_for_cpu_ns: number;
  readonly not_known_ns: number;
  readonly kinds: Readonly<Record<string, WaitKindTimes>>;
}

export interface WaitThread extends WaitTimes {
  readonly id?: number;
  readonly name: string;
  readonly process: string;
  readonly tid: number;
}

export interface WaitSite extends WaitKindTimes {
  readonly kind: string;
  readonly function: string;
  readonly key?: string | null; // null: several functions have that name
  readonly through: string;
  readonly longest_ns: number;
  readonly file?: string;
  readonly line?: number;
}

export interface Waker {
  readonly name: string;
  readonly tid: number;
  readonly woken: string;
  readonly woken_tid: number;
  readonly kind: string;
  readonly ns: number;
  readonly count: number;
}

export interface Part {
  readonly absent?: Absent;
}

export interface Waits extends Part {
  readonly recorded: boolean;
  readonly method?: string;
  readonly estimated_ns?: number;
  readonly no_wakers_reason?: string;
  readonly kind_texts?: Readonly<Record<string, string>>;
  readonly all?: WaitTimes;
  readonly threads?: readonly WaitThread[];
  readonly threads_hidden?: number;
  readonly sites?: readonly WaitSite[];
  readonly sites_hidden?: number;
  readonly wakers?: readonly Waker[];
  readonly wakers_hidden?: number;
}

export interface LockPair {
  readonly waiter: string;
  readonly waiter_tid: number;
  readonly owner?: string; // none: nobody held it that was recorded
  readonly owner_tid?: number;
  readonly ns: number;
  readonly count: number;
}

export interface Lock {
  readonly name: string;
  readonly process: string;
  readonly file: string;
  readonly line: number;
  readonly objects: number;
  readonly acquisitions: number;
  readonly shared: number;
  readonly contended: number;
  readonly gave_up: number;
  readonly threads: number;
  readonly wait: Times;
  readonly hold: Times;
  readonly hold_unknown: number;
  readonly still_waiting: number;
  readonly still_held: number;
  readonly pairs: readonly LockPair[];
}

export interface LockThread {
  readonly id?: number;
  readonly name: string;
  readonly tid: number;
  readonly wait_ns: number;
  readonly life_ns: number;
  readonly lock: string;
  readonly lock_wait_ns: number;
}

export interface Locks extends Part {
  readonly lost: number;
  readonly locks: readonly Lock[];
  readonly locks_hidden?: number;
  readonly threads: readonly LockThread[];
  readonly threads_hidden?: number;
  readonly standstill: readonly {
    readonly name: string;
    readonly tid: number;
    readonly lock: string;
    readonly wait_ns: number;
  }[];
}

export interface PoolSpan {
  readonly span: string;
  readonly count: number;
  readonly bytes: number;
  readonly live: number;
  readonly live_bytes: number;
}

export interface PoolLeft {
  readonly span: string;
  readonly size: number;
  readonly count: number;
  readonly bytes: number;
  readonly first_ns: number;
}

export interface Pool {
  readonly name: string;
  readonly process: string;
  readonly allocations: number;
  readonly allocated_bytes: number;
  readonly frees: number;
  readonly resets: number;
  readonly live: number;
  readonly live_bytes: number;
  readonly peak_bytes: number;
  readonly peak_ns: number;
  readonly freed_twice: number;
  readonly freed_unknown: number;
  readonly taken_twice: number;
  readonly lifetime: Times;
  readonly live_over_time: readonly number[];
  readonly sizes: readonly {
    readonly over_bytes: number;
    readonly up_to_bytes?: number;
    readonly count: number;
    readonly bytes: number;
  }[];
  readonly spans: readonly PoolSpan[];
  readonly left: readonly PoolLeft[];
}

export interface Pools extends Part {
  readonly lost: number;
  readonly pools: readonly Pool[];
  readonly pools_hidden?: number;
}

export interface Track {
  readonly name: string;
  readonly of: string;
  readonly scope: string;
  readonly unit: string;
  readonly kind: "gauge" | "rate";
  readonly readings: number;
  readonly mean: number | null;
  readonly least: number | null;
  readonly most: number | null;
  readonly last?: number | null;
  readonly total?: number | null;
  readonly counted_share?: number; // less than 1: the rest is estimated
  readonly points: readonly (number | null)[];
}

export interface Counters extends Part {
  readonly step_ns: number;
  readonly tracks?: readonly Track[];
  readonly tracks_hidden?: number;
}

export interface GpuSpan extends Times {
  readonly name: string;
  readonly self_ns: number;
  readonly file: string;
  readonly line: number;
  readonly frame_share?: number;
}

export interface GpuQueue {
  readonly name: string;
  readonly process: string;
  readonly device: string;
  readonly software: boolean;
  readonly clock: string;
  readonly clock_error_ns?: number;
  readonly busy_ns: number;
  readonly first_ns: number;
  readonly last_ns: number;
  readonly count: number;
  readonly overlapping: number;
  readonly left_out: number;
  readonly spans: readonly GpuSpan[];
}

export interface GpuFrames {
  readonly set: string;
  readonly process: string;
  readonly device: string;
  readonly software: boolean;
  readonly bound_by: string;
  readonly frames: number;
  readonly bound: Readonly<Record<string, number>>;
  readonly gpu_time: Times;
  readonly gpu_share: number;
  readonly wait_share: number;
  readonly wait_span: string;
  readonly left_out: number;
}

export interface Gpu extends Part {
  readonly queues: readonly GpuQueue[];
  readonly frames: readonly GpuFrames[];
}

export interface Plot {
  readonly name: string;
  readonly unit: string;
  readonly count: number;
  readonly least: number;
  readonly mean: number;
  readonly most: number;
  readonly last: number;
  readonly expression?: string; // of one that is made of others
}

export interface Plots extends Part {
  readonly plots: readonly Plot[];
  readonly plots_hidden?: number;
  readonly missing: readonly { readonly name: string; readonly lacks: string }[];
}

export interface DetailSide {
  readonly plots: Plots;
  readonly id: string;
  readonly start_ns: number;
  readonly waits: Waits;
  readonly locks: Locks;
  readonly pools: Pools;
  readonly counters: Counters;
  readonly gpu: Gpu;
}

export interface Details {
  readonly a: DetailSide;
  readonly b: DetailSide | null;
}
