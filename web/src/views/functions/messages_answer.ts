// The answer of `messages`.

import type { Absent } from "../../engine/types";
import { rangeOf, type Range } from "../../base/time";

export interface MessageRow {
  readonly side: "a" | "b";
  readonly track: string;
  readonly event: number;
  readonly time: number;
  readonly thread: number;
  readonly tid: number;
  readonly thread_name: string;
  readonly process: string;
  readonly level: string;
  readonly color: number | null;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly arguments: readonly { readonly key: string; readonly value: string }[];
}

export interface MessageList {
  readonly rows_total: number;
  readonly rows: readonly MessageRow[];
  readonly absent?: Absent | null;
}

// "level loaded · level=2 · seed=7"
export function messageText(row: MessageRow): string {
  return [row.text, ...row.arguments.map(({ key, value }) => `${key}=${value}`)].join(" · ");
}

const aroundNs = 5_000_000;

// What the timeline shows of a moment: it and a little around it.
export function viewAround(time: number): Range {
  return rangeOf(Math.max(0, time - aroundNs), time + aroundNs);
}

// 0xrrggbb, as CSS has it.
export function colorText(color: number): string {
  return `#${(color & 0xffffff).toString(16).padStart(6, "0")}`;
}
