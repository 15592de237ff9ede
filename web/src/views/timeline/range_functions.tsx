// The hottest functions of a selected stretch; of a comparison, those that changed most in it.

import { percentText, shareOf, valueText } from "../../base/format";
import { labelText } from "../../base/label";
import type { Values } from "../../engine/client";
import { rowOf } from "../../model/links";
import { useApp } from "../../widgets/app_context";
import { Delta } from "../../widgets/numbers";
import { ProblemNote, Skeleton } from "../../widgets/states";
import { useAnswer } from "../../widgets/use_answer";

interface Row {
  readonly key: string;
  readonly name: string;
  readonly self: number;
  readonly b?: { readonly self: number } | null;
  readonly delta_self?: number | null;
  readonly verdict?: string;
}

interface Answer {
  readonly rows: readonly Row[];
  readonly total: number;
  readonly unit: string;
}

export interface RangeFunctionsProps {
  readonly values: Values; // with `b` where two are compared
  readonly open: () => void;
}

export function RangeFunctions({ values, open }: RangeFunctionsProps) {
  const { store } = useApp();
  const state = store.state.value;
  const isCompared = typeof values["b"] === "string";
  const sort = isCompared ? "delta" : "self";
  const answer = useAnswer<Answer>("functions", { ...values, limit: 8, sort });
  if (answer.problem !== null) return <ProblemNote problem={answer.problem} again={answer.again} />;
  if (answer.value === null) return <Skeleton rows={3} />;
  const { rows, total, unit } = answer.value;
  if (rows.length === 0) return <p class="soft">No samples fell into this stretch.</p>;
  const heads = isCompared ? ["A self", "B self", "Δ self", "Verdict"] : ["self", "share"];
  return (
    <>
      <table class="tl-list">
        <thead>
          <tr>
            <th>Function</th>
            {heads.map((head) => (
              <th key={head} class="number">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td>
                <button
                  type="button"
                  class="tl-link"
                  onClick={() => store.set(rowOf(state, row.key))}
                >
                  <bdi>{labelText(row.name, 120)}</bdi>
                </button>
              </td>
              {isCompared ? (
                <Compared row={row} unit={unit} />
              ) : (
                <>
                  <td class="number">{valueText(row.self, unit)}</td>
                  <td class="number">{percentText(shareOf(row.self, total))}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <button type="button" class="small" onClick={open}>
        All functions of this stretch
      </button>
    </>
  );
}

function Compared({ row, unit }: { row: Row; unit: string }) {
  const delta = row.delta_self ?? null;
  return (
    <>
      <td class="number">{row.verdict === "only in b" ? "–" : valueText(row.self, unit)}</td>
      <td class="number">{row.b == null ? "–" : valueText(row.b.self, unit)}</td>
      <td class="number">{delta === null ? "–" : <Delta value={delta} unit={unit} />}</td>
      <td class="number">{row.verdict ?? ""}</td>
    </>
  );
}
