// The answers of `files` and `source`.

import type { Absent } from "../../engine/types";
import type { LineCost } from "../../layout/hot_lines";
import type { Steps } from "../../layout/inline_marks";

export interface HotFunction {
  readonly key: string;
  readonly name: string;
  readonly self: number;
  readonly line: number;
}

export interface HotFile {
  readonly file: string;
  readonly self: number;
  readonly share: number;
  readonly found: boolean | null; // null: nobody looked
  readonly functions: readonly HotFunction[];
}

export interface FilesAnswer {
  readonly files: readonly HotFile[];
  readonly unit?: string;
  readonly absent?: Absent | null;
}

export interface SourceFile {
  readonly file: string;
  readonly found: boolean;
  readonly tried?: readonly string[];
  readonly changed?: boolean;
  readonly lines: readonly string[];
  readonly lines_total?: number;
  readonly first_line?: number; // 1, or later: of long files a part is sent
  readonly cost: readonly LineCost[];
}

export interface Instruction {
  readonly address: number | string;
  readonly bytes?: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly self: number;
  readonly total: number;
  readonly samples: number;
  readonly inlined_into: string | null;
  readonly inline_stack?: Steps;
  readonly target: number | null;
}

export interface SourceAnswer {
  readonly function: string;
  readonly module: string;
  readonly file: string;
  readonly line: number;
  readonly unit: string;
  readonly self: number;
  readonly total: number;
  readonly samples: number;
  readonly b: { readonly self: number; readonly total: number; readonly samples: number } | null;
  readonly files: readonly SourceFile[];
  readonly instructions: readonly Instruction[];
  readonly instructions_of: "a" | "b";
  readonly no_code_reason: string;
  readonly source: boolean; // false: this server shows no source text
  readonly absent?: Absent | null;
}

export function addressText(address: number | string): string {
  return typeof address === "string" ? address : `0x${address.toString(16)}`;
}

// The function's own file, else the one with the most.
export function mainFile(answer: SourceAnswer, wanted: string | undefined): SourceFile | null {
  const named = (name: string | undefined): SourceFile | undefined =>
    answer.files.find((file) => file.file === name);
  return named(wanted) ?? named(answer.file) ?? answer.files[0] ?? null;
}

// What links a line and its instructions.
export function placeKey(file: string, line: number): string {
  return `${line}\n${file}`;
}
