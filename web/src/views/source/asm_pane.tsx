// The instructions of a function with what each costs, and arrows where it jumps inside of itself.

import { useMemo } from "preact/hooks";
import { shownText } from "../../base/text";
import { jumpsInView, type Jump, placeJumps } from "../../layout/jump_lanes";
import { inlineMarks } from "../../layout/inline_marks";
import type { CostKind } from "../../layout/hot_lines";
import { useSize } from "../../widgets/canvas";
import { CodeRows, codeHeight } from "./code_rows";
import { CostCell } from "./cost_cell";
import { addressText, type Instruction } from "./source_answer";

export interface AsmPaneProps {
  readonly instructions: readonly Instruction[];
  readonly kind: CostKind;
  readonly whole: number;
  readonly unit: string;
  readonly weight: string;
  readonly ofB: boolean; // A does not have the function
  readonly selected: number; // -1: none
  readonly isLinked: (instruction: Instruction) => boolean;
  readonly onSelect: (index: number) => void;
  readonly onHover: (index: number) => void;
}

const lanes = 6;
const laneWidth = 7;
const jumpsMost = 150;

export function AsmPane(props: AsmPaneProps) {
  const { instructions, kind } = props;
  const { box, height } = useSize<HTMLDivElement>();
  const jumps = useMemo(() => {
    const found: Jump[] = [];
    for (const [from, { target }] of instructions.entries()) {
      if (
        target !== null &&
        target !== undefined &&
        target !== from &&
        instructions[target] !== undefined
      ) {
        found.push({ from, to: target });
      }
    }
    return found;
  }, [instructions]);
  const most = useMemo(
    () => Math.max(0, ...instructions.map((one) => one[kind])),
    [instructions, kind],
  );
  const marks = useMemo(() => inlineMarks(instructions), [instructions]);
  const longest = useMemo(
    () =>
      Math.min(
        200,
        Math.max(20, ...instructions.map((one, i) => one.text.length + (marks[i]?.length ?? 0))),
      ),
    [instructions, marks],
  );
  const digits = Math.max(
    4,
    ...instructions.slice(-1).map((one) => addressText(one.address).length),
  );
  return (
    <div class="asm-pane">
      <div class="code-head" aria-hidden="true">
        <span class="cost" title={`${props.weight}: share of the function`}>
          {props.weight}
        </span>
        <span class="code-title">Assembly{props.ofB ? " of B" : ""}</span>
      </div>
      <CodeRows
        box={box}
        height={height}
        label="Assembly"
        count={instructions.length}
        width={`calc(${longest + digits + 8}ch + 4.6rem + ${lanes * laneWidth}px)`}
        cursor={props.selected}
        start={Math.max(
          0,
          instructions.findIndex((one) => one[kind] === most),
        )}
        classOf={(row) => {
          const one = instructions[row];
          const isOther = (one?.inlined_into ?? "") !== "";
          return `${one !== undefined && props.isLinked(one) ? "is-linked" : ""} ${isOther ? "is-other" : ""}`;
        }}
        onSelect={props.onSelect}
        onHover={props.onHover}
        row={(row) => {
          const one = instructions[row];
          if (one === undefined) return null;
          const [, mnemonic = "", operands = ""] =
            /^(\S+)\s*(.*)$/s.exec(shownText(one.text, 200)) ?? [];
          return (
            <>
              <CostCell
                value={one[kind]}
                whole={props.whole}
                most={most}
                unit={props.unit}
                what={props.weight}
              />
              <span class="jump-lanes" style={{ width: `${lanes * laneWidth + 8}px` }} />
              <span role="rowheader" class="address" style={{ width: `${digits + 1}ch` }}>
                {addressText(one.address)}
              </span>
              <code role="gridcell">
                {mnemonic === "" ? (
                  <span class="soft">{one.bytes ?? "(cannot be decoded)"}</span>
                ) : (
                  <>
                    <b>{mnemonic}</b> {operands}
                  </>
                )}
                {(marks[row] ?? "") !== "" && (
                  <span class="asm-mark" aria-hidden="true">
                    {shownText(marks[row] ?? "", 100)}
                  </span>
                )}
              </code>
            </>
          );
        }}
        over={(first, last) => (
          <Arrows jumps={jumps} first={first} last={last} selected={props.selected} />
        )}
      />
    </div>
  );
}

function Arrows(props: { jumps: readonly Jump[]; first: number; last: number; selected: number }) {
  const { first, last, selected } = props;
  const { placed } = useMemo(
    () => placeJumps(jumpsInView(props.jumps, first, last, jumpsMost), lanes),
    [props.jumps, first, last],
  );
  if (placed.length === 0) return null;
  const right = lanes * laneWidth + 4;
  const middle = (row: number): number => row * codeHeight + codeHeight / 2;
  // Beyond what is in view a line needs no end: it is cut there.
  const cut = (row: number): number => Math.max(first - 2, Math.min(last + 2, row));
  return (
    <svg
      class="jump-arrows"
      aria-hidden="true"
      width={right + 4}
      height={(last - first + 4) * codeHeight}
      style={{ transform: `translateY(${(first - 2) * codeHeight}px)` }}
    >
      {placed.map((jump) => {
        const x = right - 6 - jump.lane * laneWidth;
        const y = (row: number): number => middle(cut(row)) - (first - 2) * codeHeight;
        const isHere = jump.from === selected || jump.to === selected;
        return (
          <g key={`${jump.from} ${jump.to}`} class={isHere ? "is-here" : ""}>
            <path d={`M${right} ${y(jump.from)} H${x} V${y(jump.to)} H${right}`} />
            {cut(jump.to) === jump.to && (
              <path
                d={`M${right - 4} ${y(jump.to) - 3} L${right} ${y(jump.to)} L${right - 4} ${y(jump.to) + 3}`}
              />
            )}
          </g>
        );
      })}
    </svg>
  );
}
