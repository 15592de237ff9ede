// What B adds, in a sentence and the functions that changed most. Two single runs give no verdict
// on the whole: that is said, and not a guess.

import { percentText, signedText, valueText } from "../../base/format";
import { onPage, selectionOf, sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { Delta, Verdict } from "../../widgets/numbers";
import { useAnswer } from "../../widgets/use_answer";
import type { KeyNumber, Side } from "./overview_types";

interface ChangedRow {
  readonly key: string;
  readonly name: string;
  readonly delta_self: number;
  readonly verdict: string;
}
interface Changed {
  readonly rows: readonly ChangedRow[];
}

const shown = 5;

export function sentenceOf(a: readonly KeyNumber[], b: readonly KeyNumber[]): string {
  const parts: string[] = [];
  for (const id of ["wall", "cpu", "memory"]) {
    const one = a.find((number) => number.id === id);
    const other = b.find((number) => number.id === id);
    if (one?.value == null || other?.value == null || one.value === 0) continue;
    const ratio = other.value / one.value - 1;
    parts.push(
      `${one.name} ${valueText(one.value, one.unit)} → ` +
        `${valueText(other.value, one.unit)} (${signedText(ratio, percentText)})`,
    );
  }
  return parts.length > 0 ? `From A to B: ${parts.join(", ")}.` : "Nothing that both recorded.";
}

// Those that grew and those that shrank, the greatest change first.
export function mostChanged(
  more: readonly ChangedRow[],
  less: readonly ChangedRow[],
): readonly ChangedRow[] {
  const byKey = new Map([...more, ...less].map((row) => [row.key, row]));
  return [...byKey.values()]
    .filter((row) => row.delta_self !== 0)
    .sort((one, other) => Math.abs(other.delta_self) - Math.abs(one.delta_self))
    .slice(0, shown);
}

export function CompareCard({ a, b }: { a: Side; b: Side }) {
  const { store } = useApp();
  const state = store.state.value;
  const asked = {
    ...sidesOf(state),
    ...selectionOf(state),
    weight: "cpu",
    per: "total",
    sort: "delta",
    limit: shown,
  };
  const more = useAnswer<Changed>("functions", { ...asked, order: "desc" });
  const less = useAnswer<Changed>("functions", { ...asked, order: "asc" });
  const changed = mostChanged(more.value?.rows ?? [], less.value?.rows ?? []);
  return (
    <section class="panel compare" aria-labelledby="compare">
      <h2 id="compare">A compared with B</h2>
      <p class="sentence">{sentenceOf(a.numbers, b.numbers)}</p>
      <p class="soft">
        One run of each: how much of this another pair of runs would show cannot be told from them.
        The words beside functions say what their samples can tell.
      </p>
      {changed.length > 0 && (
        <ol class="top-list">
          {changed.map((row) => (
            <li key={row.key}>
              <button
                type="button"
                class="link"
                title={row.name}
                onClick={() => store.set(onPage(store.state.value, "source", { key: row.key }))}
              >
                {row.name}
              </button>
              <span class="number">
                <Verdict word={row.verdict} /> <Delta value={row.delta_self} unit="ns" />
              </span>
            </li>
          ))}
        </ol>
      )}
      <button
        type="button"
        class="small"
        onClick={() => store.set(onPage(state, "functions", { sort: "delta", per: "total" }))}
      >
        All that changed
      </button>
    </section>
  );
}
