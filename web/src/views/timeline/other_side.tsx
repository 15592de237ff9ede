// What the other recording has of the same name, beside what this one has.

import { countText, durationText } from "../../base/format";
import { sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { Delta, Verdict } from "../../widgets/numbers";
import { useAnswer } from "../../widgets/use_answer";
import { Facts, Rows } from "./facts";
import type { Selected } from "./stage";

interface Sums {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}
interface SpanAnswer {
  readonly statistics: Sums;
  readonly b: Sums | null;
  readonly verdict: string;
  readonly ratio: number | null; // of B to A
}

export function OtherSide({ selected }: { selected: Selected }) {
  const state = useApp().store.state.value;
  const isAsked = state.b !== null && selected.details.kind === "spans";
  const answer = useAnswer<SpanAnswer>(
    "span",
    isAsked ? { ...sidesOf(state), name: selected.details.name } : null,
  ).value;
  if (!isAsked || answer === null) return null;
  const other = selected.side === "a" ? "B" : "A";
  const sums = other === "B" ? answer.b : answer.statistics;
  if (sums === null || sums.count === 0) {
    return (
      <Facts title={`In ${other}`}>
        <p class="soft">It has none of this name.</p>
      </Facts>
    );
  }
  return (
    <Facts title={`${countText(sums.count)} of its name in ${other}`}>
      <Rows
        rows={[
          [
            "A to B",
            <>
              <Verdict word={answer.verdict} />{" "}
              {answer.ratio !== null && <Delta value={answer.ratio - 1} unit="share" />}
            </>,
          ],
          ["mean", durationText(sums.mean)],
          ["P50", durationText(sums.p50)],
          ["P95", durationText(sums.p95)],
          ["P99", durationText(sums.p99)],
          ["longest", durationText(sums.max)],
        ]}
      />
    </Facts>
  );
}
