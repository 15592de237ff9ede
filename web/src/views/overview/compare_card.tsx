// What B adds, in a sentence and the functions that changed most. Two single runs give no verdict
// on the whole: that is said, and not a guess.

import { durationText, percentText, signedText, valueText } from "../../base/format";
import { sourceOf, timesOf } from "../../model/links";
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

interface ChangedSpan {
  readonly name: string;
  readonly here: boolean;
  readonly p50: number;
  readonly b: { readonly p50: number } | null;
  readonly verdict: string;
  readonly ratio: number | null;
}
const spansShown = 3;

// What the program itself marks says most directly what a change did: its longest spans are what
// people wait for.
function SpansChanged() {
  const { store } = useApp();
  const state = store.state.value;
  const { value } = useAnswer<{ readonly rows: readonly ChangedSpan[] }>("spans", {
    ...sidesOf(state),
    ...selectionOf(state),
    sort: "total",
    limit: spansShown,
  });
  const both = (value?.rows ?? []).filter(({ here, b }) => here && b !== null);
  if (both.length === 0) return null;
  return (
    <>
      <h3 id="spans-changed">Spans that take most, in the median</h3>
      <ol class="top-list" aria-labelledby="spans-changed">
        {both.map((row) => (
          <li key={row.name}>
            <button
              type="button"
              class="link"
              title={row.name}
              onClick={() => store.set(timesOf(store.state.value, row.name))}
            >
              {row.name}
            </button>
            <span class="soft value">
              {durationText(row.p50)} → {durationText(row.b?.p50 ?? Number.NaN)}
            </span>
            <Verdict word={row.verdict} />
            {row.ratio !== null && <Delta value={row.ratio - 1} unit="share" />}
          </li>
        ))}
      </ol>
    </>
  );
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
        The words beside functions and spans say what their samples and times can tell.
      </p>
      <SpansChanged />
      {changed.length > 0 && (
        <>
          <h3 id="functions-changed">Functions that changed most</h3>
          <ol class="top-list" aria-labelledby="functions-changed">
            {changed.map((row) => (
              <li key={row.key}>
                <button
                  type="button"
                  class="link"
                  title={row.name}
                  onClick={() => store.set(sourceOf(store.state.value, row.key))}
                >
                  {row.name}
                </button>
                <span />
                <Verdict word={row.verdict} />
                <Delta value={row.delta_self} unit="ns" />
              </li>
            ))}
          </ol>
        </>
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
