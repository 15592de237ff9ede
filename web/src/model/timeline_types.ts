// Answers of the timeline's endpoints, as docs/reference/api.md tells them.

export type TrackKind =
  | "load"
  | "core"
  | "frames"
  | "gpu"
  | "thread"
  | "state"
  | "samples"
  | "spans"
  | "async"
  | "messages"
  | "counter"
  | "plot"
  | "lock"
  | "pool";

export interface Track {
  readonly id: string;
  readonly kind: TrackKind;
  readonly name: string;
  readonly process: number | null;
  readonly thread: number | null;
  readonly group: string;
  readonly depth: number;
  readonly events: number;
  readonly unit?: string;
  readonly min?: number | null;
  readonly max?: number | null;
  readonly what?: string;
}

export interface FrameSet {
  readonly set: string;
  readonly track: string;
  readonly count: number;
  readonly target_ns: number | null;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

// A stretch of time that is to be told apart: a pause of the recording, what was lost.
export interface Hint {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly severity: string;
}

export interface Timeline {
  readonly start: number;
  readonly end: number;
  readonly processes: readonly {
    readonly id: number;
    readonly pid: number;
    readonly name: string;
  }[];
  readonly threads: readonly {
    readonly id: number;
    readonly tid: number;
    readonly name: string;
    readonly process: number;
  }[];
  readonly tracks: readonly Track[];
  readonly frames: readonly FrameSet[];
  readonly hints: readonly Hint[];
}

export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly function?: string;
}

export interface EventStatistics {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly rank?: number; // 1: the longest of its name
}

export interface ThreadName {
  readonly id: number;
  readonly tid?: number;
  readonly name: string;
}

// From `start`, where it began, to `end`, where it was taken up: one of them in this event, the
// other in `event` of `track`, which is "thread:ID" where no span was open there.
export interface Flow {
  readonly track: string;
  readonly event: number | null;
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly direction: string; // "in": it led here; "out": it leads there
  readonly thread?: ThreadName | null;
}

// An event of a lock's track, with whose it is.
export interface LockEvent extends Step {
  readonly thread?: ThreadName | null;
}

export interface LockTies {
  readonly track: string;
  readonly name: string;
  readonly role: "holds" | "waits";
  readonly own: LockEvent;
  readonly holders: readonly LockEvent[];
  readonly holder_count: number;
  readonly waiters: readonly LockEvent[];
  readonly waiter_count: number;
}

export interface EventDetails {
  readonly track: string;
  readonly event: number;
  readonly kind: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly duration: number;
  readonly self?: number | null;
  readonly open?: boolean; // when the recording ended
  readonly thread?: ThreadName | null;
  readonly depth?: number;
  readonly place?: Place | null;
  readonly arguments?: readonly { readonly key: string; readonly value: unknown }[];
  readonly parent?: Step | null;
  readonly children?: readonly {
    readonly name: string;
    readonly count: number;
    readonly total: number;
  }[];
  readonly children_cut?: boolean;
  readonly waits?: readonly {
    readonly cause: string;
    readonly function?: string;
    readonly total: number;
    readonly count: number;
  }[];
  readonly samples?: readonly {
    readonly key: string | null;
    readonly name: string;
    readonly self: number;
  }[];
  readonly sample_count?: number;
  readonly statistics?: EventStatistics | null;
  readonly flows?: readonly Flow[];
  readonly waker?: { readonly thread: ThreadName | null; readonly span: Step | null } | null;
  readonly owner?: ThreadName | null; // who held the lock
  readonly lock?: LockTies | null;
  readonly stack?:
    | readonly {
        readonly key: string;
        readonly name: string;
        readonly module?: string;
        readonly file?: string;
        readonly line?: number;
      }[]
    | null;
  readonly messages?: readonly Step[];
}

export interface Step {
  readonly track: string;
  readonly event: number | null;
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

export interface Found {
  readonly count: number;
  readonly matches: readonly Step[];
}

export const noEvent = 0xffffffff;

// Which of the two recordings that are shown.
export type Side = "a" | "b";

// A selected event in the address: "spans:3/12", of B "b!spans:3/12". Names of tracks hold any
// sign, numbers none.
export interface EventName {
  readonly side: Side;
  readonly track: string;
  readonly event: number;
}

export function eventText({ side, track, event }: EventName): string {
  return `${side === "b" ? "b!" : ""}${track}/${event}`;
}

export function eventFrom(text: string): EventName | null {
  const match = /^(b!)?(.+)\/(\d{1,10})$/s.exec(text);
  if (match === null) return null;
  return {
    side: match[1] === undefined ? "a" : "b",
    track: match[2] ?? "",
    event: Number(match[3]),
  };
}
