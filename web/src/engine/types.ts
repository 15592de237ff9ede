// Shapes of answers, as docs/reference/api.md tells them. Views that alone use an answer keep its
// shape beside them.

import type { Problem } from "../base/result";

export interface Recording {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly modified_s: number;
  readonly state: "closed" | "loading" | "ready" | "failed";
  readonly stage?: string;
  readonly error?: Problem;
}

export interface RecordingList {
  readonly schema: string;
  readonly tool_version: string;
  readonly recordings: readonly Recording[];
  readonly initial: { readonly a: string | null; readonly b: string | null };
  readonly features: {
    readonly sql: boolean;
    readonly upload: boolean;
    readonly source: boolean;
    readonly live: boolean;
  };
  readonly report: ReportCut | null;
}

// Of a report file: what it does not hold.
export interface ReportCut {
  readonly made: string;
  readonly cut: readonly string[];
}

export interface Absent {
  readonly why: string;
  readonly command: string;
}

export interface Weight {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly total: number | null;
  readonly total_b: number | null;
  readonly what: string;
  readonly absent: Absent | null;
}

export interface Thread {
  readonly id: number;
  readonly tid: number;
  readonly name: string;
  readonly process: number;
}
