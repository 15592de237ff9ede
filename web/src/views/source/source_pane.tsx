// The source of one file, with what each line costs.

import { useEffect, useMemo, useState } from "preact/hooks";
import { codeText, shownText } from "../../base/text";
import { type CostKind, costOf, costOfB, type LineCost } from "../../layout/hot_lines";
import { useSize } from "../../widgets/canvas";
import { CodeRows, codeHeight } from "./code_rows";
import { CostCell } from "./cost_cell";
import { HeatStrip } from "./heat_strip";
import type { TokenLines } from "./highlight";
import type { SourceFile } from "./source_answer";

export interface Gutter {
  readonly name: string;
  readonly unit: string;
  readonly whole: number; // of the function
  readonly costs: ReadonlyMap<number, LineCost>;
  readonly side: "a" | "b";
}

export interface SourcePaneProps {
  readonly file: SourceFile;
  readonly gutters: readonly Gutter[];
  readonly kind: CostKind;
  readonly line: number; // selected; 0: none
  readonly linked: ReadonlySet<number>; // lines of what is under the pointer on the other side
  readonly matches: ReadonlySet<number>; // lines that were looked for
  readonly onSelect: (line: number) => void;
  readonly onHover: (line: number) => void;
}

const cppEnds = /\.(c|cc|cpp|cxx|c\+\+|h|hh|hpp|hxx|inl|ipp|tcc|cu|cuh|ii|i|def|inc)$/i;

function useTokens(lines: readonly string[], file: string): TokenLines | null {
  const [tokens, setTokens] = useState<{ of: readonly string[]; lines: TokenLines | null } | null>(
    null,
  );
  useEffect(() => {
    // Headers of the C++ library have no ending.
    if (!cppEnds.test(file) && /\.[a-z]+$/i.test(file)) return undefined;
    let isGone = false;
    void import("./highlight").then((code) => {
      if (!isGone) setTokens({ of: lines, lines: code.tokensOf(lines) });
    });
    return () => {
      isGone = true;
    };
  }, [lines, file]);
  return tokens?.of === lines ? tokens.lines : null;
}

export function SourcePane(props: SourcePaneProps) {
  const { file, gutters, kind } = props;
  const first = file.first_line ?? 1;
  const lines = useMemo(() => file.lines.map(codeText), [file]);
  const tokens = useTokens(lines, file.file);
  const { box, height } = useSize<HTMLDivElement>();
  const longest = useMemo(() => Math.max(20, ...lines.map((line) => line.length)), [lines]);
  const digits = `${first + lines.length}`.length;
  const mostOf = useMemo(
    () =>
      gutters.map(({ costs, side }) =>
        Math.max(0, ...[...costs.values()].map((cost) => of(cost, kind, side))),
      ),
    [gutters, kind],
  );
  return (
    <div class="source-pane" style={{ "--gutters": gutters.length, "--digits": `${digits}ch` }}>
      <div class="code-head" aria-hidden="true">
        {gutters.map(({ name, side }) => (
          <span key={`${name} ${side}`} class="cost" title={`${name}: share of the function`}>
            {name}
          </span>
        ))}
        <span class="code-title" title={shownText(file.file, 2_000)}>
          {shownText(file.file.split("/").slice(-2).join("/"), 200)}
        </span>
      </div>
      <div class="source-scroll">
        <CodeRows
          box={box}
          height={height}
          label={`Source of ${shownText(file.file, 200)}`}
          count={lines.length}
          width={`calc(${longest + digits + 4}ch + ${gutters.length} * 4.6rem)`}
          cursor={props.line > 0 ? props.line - first : -1}
          start={Math.max(0, hottestLine(file, kind) - first)}
          classOf={(row) =>
            `${props.linked.has(first + row) ? "is-linked" : ""} ${props.matches.has(first + row) ? "is-found" : ""}`
          }
          onSelect={(row) => props.onSelect(first + row)}
          onHover={(row) => props.onHover(row < 0 ? 0 : first + row)}
          row={(row) => (
            <>
              {gutters.map(({ name, unit, whole, costs, side }, i) => (
                <CostCell
                  key={`${name} ${side}`}
                  value={of(costs.get(first + row), kind, side)}
                  whole={whole}
                  most={mostOf[i] ?? 0}
                  unit={unit}
                  what={name}
                />
              ))}
              <span role="rowheader" class="line-number">
                {first + row}
              </span>
              <code role="gridcell">
                {tokens?.[row]?.map((token, i) => (
                  <span key={i} class={token.classes}>
                    {token.text}
                  </span>
                )) ?? lines[row]}
              </code>
            </>
          )}
        />
        <HeatStrip
          costs={file.cost}
          kind={kind}
          firstLine={first}
          lines={lines.length}
          onGo={(line) => {
            if (box.current !== null)
              box.current.scrollTop = (line - first) * codeHeight - height / 2;
          }}
        />
      </div>
    </div>
  );
}

function hottestLine(file: SourceFile, kind: CostKind): number {
  let best: LineCost | undefined;
  for (const cost of file.cost) if (best === undefined || cost[kind] > best[kind]) best = cost;
  return best?.line ?? 0;
}

function of(cost: LineCost | undefined, kind: CostKind, side: "a" | "b"): number {
  return side === "a" ? costOf(cost, kind) : costOfB(cost, kind);
}
