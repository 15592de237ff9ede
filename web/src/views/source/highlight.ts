// C and C++ in colours: the words of each line, by what they are. In a chunk of its own, since a
// page is of use before it has come.

import { parser } from "@lezer/cpp";
import { classHighlighter, highlightCode } from "@lezer/highlight";

export interface Token {
  readonly text: string;
  readonly classes: string;
}

export type TokenLines = readonly (readonly Token[])[];

// A file of more is shown plain: parsing is at once, and must not be felt.
const mostLetters = 1_500_000;

export function tokensOf(lines: readonly string[]): TokenLines | null {
  const code = lines.join("\n");
  if (code.length > mostLetters) return null;
  const out: Token[][] = [[]];
  highlightCode(
    code,
    parser.parse(code),
    classHighlighter,
    (text, classes) => out[out.length - 1]?.push({ text, classes }),
    () => out.push([]),
  );
  return out;
}
