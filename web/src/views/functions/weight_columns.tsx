// Further weights as columns of the table: which are shown is chosen, of what the recordings have.

import { percentText, shareOf, valueText } from "../../base/format";
import type { Weight } from "../../engine/types";
import type { State } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import type { Column } from "../../widgets/data_table";
import { Delta } from "../../widgets/numbers";
import { Popup } from "../../widgets/popup";
import { useTotalText, type Weights, weightOf } from "../../widgets/weight_menu";
import { type FunctionRow, type FurtherWeight, groupingOf } from "./functions_answer";

const columnsName = "functions.columns";
// Their rows go by other names for each weight.
const without = new Set(["thread", "process"]);

function chosenIn(state: State): readonly string[] {
  return (state.more[columnsName] ?? "").split(",").filter((id) => id !== "");
}

// As the question spells it; null: none.
export function columnsAsked(state: State, weight: string): string | null {
  const chosen = chosenIn(state).filter((id) => id !== weight);
  return chosen.length === 0 || without.has(groupingOf(state.by)) ? null : chosen.join(",");
}

function sideText(value: number | undefined, unit: string): string {
  return value === undefined ? "not recorded" : valueText(value, unit);
}

export function weightColumns(
  columns: readonly FurtherWeight[],
  isCompared: boolean,
): readonly Column<FunctionRow>[] {
  return columns.flatMap((weight) =>
    (["self", "total"] as const).map((part): Column<FunctionRow> => {
      const { id, unit } = weight;
      const title = `${weight.name}, ${part}`;
      const what = part === "self" ? "in the function itself" : "with what it calls";
      return {
        id: `${part}.${id}`,
        title,
        hint: `${weight.name}, ${what}${isCompared ? ": B less A" : ""}`,
        width: `${Math.max(7, title.length * 0.58 + 2.2)}rem`,
        isNumber: true,
        sortable: true,
        cell: (row) => {
          const a = row.counters?.[id]?.[part];
          if (!isCompared) {
            if (a === undefined) return "–";
            return (
              <span title={`${percentText(shareOf(a, weight.total))} of all`}>
                {valueText(a, unit)}
              </span>
            );
          }
          const b = row.b === null ? undefined : row.b.counters?.[id]?.[part];
          if (a === undefined || b === undefined) return "–";
          return (
            <span title={`A ${sideText(a, unit)}, B ${sideText(b, unit)}`}>
              <Delta value={b - a} unit={unit} />
            </span>
          );
        },
      };
    }),
  );
}

export function ColumnMenu({ weights }: { weights: Weights | null }) {
  const { store } = useApp();
  const state = store.state.value;
  const shown = weightOf(weights, state.weight);
  const offered = (weights?.weights ?? []).filter(
    (weight) =>
      weight.absent === null &&
      weight.id !== shown?.id &&
      weight.what !== "spans" &&
      weight.what !== "gpu",
  );
  const isOfSpans = shown?.what === "spans" || shown?.what === "gpu";
  if (offered.length === 0 || isOfSpans || without.has(groupingOf(state.by))) return null;
  const chosen = chosenIn(state);
  const here = offered.filter(({ id }) => chosen.includes(id));
  const toggle = (id: string): void => {
    const next = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
    store.set({ more: { ...state.more, [columnsName]: next.join(",") } }, true);
  };
  return (
    <Popup label="Columns" button={<b>{here.length === 0 ? "no more" : `${here.length} more`}</b>}>
      {() => <ColumnList offered={offered} chosen={chosen} toggle={toggle} />}
    </Popup>
  );
}

function ColumnList(props: {
  offered: readonly Weight[];
  chosen: readonly string[];
  toggle: (id: string) => void;
}) {
  const totalText = useTotalText();
  return (
    <div class="column-menu">
      <p class="soft">Of the functions listed, what else they weigh</p>
      {props.offered.map((weight) => (
        <label key={weight.id}>
          <input
            type="checkbox"
            checked={props.chosen.includes(weight.id)}
            onChange={() => props.toggle(weight.id)}
          />
          <span>{weight.name}</span>
          <span class="value soft">{totalText(weight)}</span>
        </label>
      ))}
    </div>
  );
}
