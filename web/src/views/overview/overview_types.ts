// What `overview` answers: the parts of it that are shown.

import type { Absent } from "../../engine/types";
import type { Page, State } from "../../model/state";

export interface KeyNumber {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly value: number | null;
  readonly absent: Absent | null;
}

export interface FindingLink {
  readonly page: Page;
  readonly text: string;
  readonly state: Partial<State>;
}

export interface Finding {
  readonly id: string;
  readonly severity: number; // 3 act on it, 2 look at it, 1 a note
  readonly sentence: string;
  readonly next_step: string;
  readonly how: string;
  readonly gain_share: number;
  readonly evidence: Readonly<Record<string, string | number | boolean>>;
  readonly links: readonly FindingLink[];
}

export interface TopFunction {
  readonly key: string;
  readonly name: string;
  readonly module?: string;
  readonly self_share: number;
  readonly self_share_low: number;
  readonly self_share_high: number;
  readonly self_samples: number;
}

export interface TopSpan {
  readonly name: string;
  readonly count: number;
  readonly self_ns: number;
  readonly total_ns: number;
  readonly p50_ns: number;
  readonly p99_ns: number;
}

export interface SeriesStrip {
  readonly step_ns: number;
  readonly values: readonly (number | null)[];
}

export interface Side {
  readonly id: string;
  readonly path: string;
  readonly summary: {
    readonly command: string;
    readonly started: string;
    readonly host: string;
    readonly cpu_count: number;
    readonly sampled: boolean;
    readonly sample_count: number;
  };
  readonly numbers: readonly KeyNumber[];
  readonly findings: readonly Finding[];
  readonly weight: { readonly id: string; readonly name: string; readonly unit: string };
  readonly functions: readonly TopFunction[];
  readonly spans: { readonly spans?: readonly TopSpan[] } | null;
  readonly strips: { readonly cpu: SeriesStrip; readonly memory: SeriesStrip | null };
}

export interface OverviewAnswer {
  readonly a: Side;
  readonly b: Side | null;
}
