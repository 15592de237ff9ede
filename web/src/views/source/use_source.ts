// The function that is shown, with its costs by one weight or two.

import { useMemo } from "preact/hooks";
import type { CostKind, LineCost } from "../../layout/hot_lines";
import { selectionOf, sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { type Answer, useAnswer } from "../../widgets/use_answer";
import { type Weights, weightOf } from "../../widgets/weight_menu";
import type { FilesAnswer, SourceAnswer, SourceFile } from "./source_answer";
import type { Gutter } from "./source_pane";

export interface SourceSettings {
  readonly kind: CostKind;
  readonly second: string; // a weight; "": none
  readonly hasAssembly: boolean;
  readonly line: number;
  readonly file: string;
}

export function sourceSettings(more: Readonly<Record<string, string>>): SourceSettings {
  const line = Number(more["src.line"] ?? "0");
  return {
    kind: more["src.kind"] === "total" ? "total" : "self",
    second: more["src.weight2"] ?? "",
    hasAssembly: more["src.asm"] !== "0",
    line: Number.isSafeInteger(line) && line > 0 ? line : 0,
    file: more["src.file"] ?? "",
  };
}

export interface Source {
  readonly files: Answer<FilesAnswer>;
  readonly source: Answer<SourceAnswer>;
  readonly second: SourceAnswer | null;
  readonly key: string; // the function that is asked for, the hottest where none is chosen
}

export function useSource(weight: string | null, second: string): Source {
  const state = useApp().store.state.value;
  const values = { ...sidesOf(state), ...selectionOf(state) };
  const files = useAnswer<FilesAnswer>("files", weight === null ? null : { ...values, weight });
  const withCode = files.value?.files.filter((file) => file.functions.length > 0) ?? [];
  // The hottest whose source is here, else the hottest.
  const shown = withCode.find((file) => file.found === true) ?? withCode[0];
  const hottest = shown?.functions[0]?.key ?? "";
  const key = state.key !== "" ? state.key : hottest;
  const isAsked = weight !== null && key !== "";
  const source = useAnswer<SourceAnswer>("source", isAsked ? { ...values, weight, key } : null);
  const other = useAnswer<SourceAnswer>(
    "source",
    isAsked && second !== "" && second !== weight ? { ...values, weight: second, key } : null,
  );
  return { files, source, second: other.value, key };
}

function byLine(costs: readonly LineCost[]): ReadonlyMap<number, LineCost> {
  return new Map(costs.map((cost) => [cost.line, cost]));
}

// The columns of numbers before the lines: A, with B where it is compared, and the second weight.
export function useGutters(
  source: SourceAnswer | null,
  second: SourceAnswer | null,
  file: SourceFile | null,
  names: {
    weights: Weights | null;
    first: string;
    second: string;
    kind: CostKind;
    isCompared: boolean;
  },
): readonly Gutter[] {
  const { weights, first, kind, isCompared } = names;
  return useMemo(() => {
    if (source === null || file === null) return [];
    const one = weightOf(weights, first);
    const wholeOf = (answer: SourceAnswer): number => answer[kind];
    const costs = byLine(file.cost);
    const gutters: Gutter[] = [
      {
        name: isCompared ? "A" : (one?.name ?? first),
        unit: one?.unit ?? "ns",
        whole: wholeOf(source),
        costs,
        side: "a",
      },
    ];
    if (isCompared) {
      const whole = source.b?.[kind] ?? 0;
      gutters.push({ name: "B", unit: one?.unit ?? "ns", whole, costs, side: "b" });
    }
    const other = weightOf(weights, names.second);
    const same = second?.files.find((candidate) => candidate.file === file.file);
    if (second !== null && same !== undefined && names.second !== "") {
      gutters.push({
        name: other?.name ?? names.second,
        unit: other?.unit ?? "",
        whole: wholeOf(second),
        costs: byLine(same.cost),
        side: "a",
      });
    }
    return gutters;
  }, [source, second, file, weights, first, names.second, kind, isCompared]);
}
