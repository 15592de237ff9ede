// What lies in a stretch of time that was dragged: counts, the hottest functions, what threads did,
// locks, counters and allocations.

import { useMemo } from "preact/hooks";
import { countText, durationText, valueText } from "../../base/format";
import { labelText } from "../../base/label";
import type { Range } from "../../base/time";
import { onPage, type Page, selectionOf } from "../../model/state";
import type { Prefs } from "../../model/timeline_prefs";
import { useApp } from "../../widgets/app_context";
import { ProblemNote } from "../../widgets/states";
import { useAnswer } from "../../widgets/use_answer";
import type { Actions } from "./actions";
import { RangeAllocations, RangeLocks, RangeStates } from "./range_details";
import { RangeFlame } from "./range_flame";
import { RangeFunctions } from "./range_functions";
import type { Stage } from "./stage";

const tabs = [
  ["functions", "Functions"],
  ["flame", "Flame"],
  ["states", "States"],
  ["locks", "Locks"],
  ["counters", "Counters"],
  ["allocations", "Allocations"],
] as const;

export interface RangeViewProps {
  readonly range: Range;
  readonly stage: Stage;
  readonly actions: Actions;
  readonly prefs: Prefs;
}

const words: Readonly<Record<string, string>> = {
  spans: "spans",
  samples: "samples",
  cpu_ns: "CPU time",
  waits_ns: "waits",
  frames: "frames",
  allocations: "allocations",
  messages: "messages",
  threads: "threads",
};

type RangeFacts = Readonly<Record<string, unknown>>;

function factsOf(answer: RangeFacts | null): (readonly [string, number])[] {
  return Object.entries(answer ?? {}).flatMap(([name, value]) =>
    typeof value === "number" && words[name] !== undefined ? [[name, value] as const] : [],
  );
}

function factText(name: string, value: number): string {
  return name.endsWith("_ns") ? durationText(value) : countText(value);
}

export function RangeView({ range, stage, actions, prefs }: RangeViewProps) {
  const { store } = useApp();
  const state = store.state.value;
  const a = stage.sides[0]?.id;
  const time = `${Math.round(range.from)}-${Math.round(range.to)}`;
  const b = stage.sides[1]?.id ?? null;
  const asked = { t: time, threads: state.threads };
  const answer = useAnswer<RangeFacts>("range", { a, ...asked });
  // As long after the beginning of B.
  const answerB = useAnswer<RangeFacts>("range", b === null ? null : { a: b, ...asked });
  const values = { a, ...selectionOf(state), t: time };
  const tab = tabs.find(([id]) => id === prefs.tab)?.[0] ?? "functions";
  const open = (page: Page) => () =>
    store.set({ ...onPage(state, page, { range }), more: state.more });
  const facts = factsOf(answer.value).map(
    ([name, value]) => [name, value, b === null ? undefined : answerB.value?.[name]] as const,
  );
  return (
    <>
      <div class="tl-range-facts">
        {b !== null && <b>A | B</b>}
        {facts.map(([name, value, valueB]) => (
          <span key={name}>
            <b class="number">
              {factText(name, value)}
              {typeof valueB === "number" && ` | ${factText(name, valueB)}`}
            </b>{" "}
            <span class="soft">{words[name]}</span>
          </span>
        ))}
        <button type="button" class="small" onClick={() => actions.filterToSelection()}>
          Filter every page to it
        </button>
        <button type="button" class="small" onClick={() => actions.fitRange(range)}>
          Zoom to it
        </button>
      </div>
      {answer.problem !== null && <ProblemNote problem={answer.problem} again={answer.again} />}
      <div class="tl-tabs" role="tablist" aria-label="Of the selected stretch">
        {tabs.map(([id, name]) => (
          <button
            key={id}
            type="button"
            role="tab"
            class="small"
            aria-selected={tab === id}
            onClick={() => actions.set({ tab: id === "functions" ? "" : id }, true)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel">
        {b !== null && tab !== "functions" && <p class="soft">Of A.</p>}
        {tab === "functions" && (
          <RangeFunctions values={{ ...values, b }} open={open("functions")} />
        )}
        {tab === "flame" && <RangeFlame values={values} range={range} />}
        {tab === "states" && <RangeStates values={values} />}
        {tab === "locks" && <RangeLocks values={values} stage={stage} />}
        {tab === "counters" && <Counters stage={stage} range={range} />}
        {tab === "allocations" && <RangeAllocations values={values} />}
      </div>
    </>
  );
}

// From the tiles that are on the screen anyway: least, greatest and last value of each counter.
function Counters({ stage, range }: { stage: Stage; range: Range }) {
  const turn = stage.tilesTurn.value;
  const rows = useMemo(() => {
    const tracks = stage.sides[0]?.timeline.tracks ?? [];
    return tracks.flatMap((track) => {
      if (track.kind !== "counter" && track.kind !== "plot" && track.kind !== "pool") return [];
      let [low, high, last] = [Infinity, -Infinity, NaN];
      for (const { tile } of stage.pieces("a", track.id)) {
        for (let row = 0; row < tile.values; row += 1) {
          const time = tile.start + (tile.bucket[row] ?? 0) * 2 ** tile.step;
          if (time < range.from || time > range.to) continue;
          low = Math.min(low, tile.min[row] ?? low);
          high = Math.max(high, tile.max[row] ?? high);
          last = tile.last[row] ?? last;
        }
      }
      return low > high ? [] : [{ track, low, high, last }];
    });
  }, [stage, range, turn]);
  if (rows.length === 0) {
    return <p class="soft">No counter that is in view changed in this stretch.</p>;
  }
  return (
    <table class="tl-list">
      <thead>
        <tr>
          <th>Counter in view</th>
          <th class="number">least</th>
          <th class="number">greatest</th>
          <th class="number">last</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ track, low, high, last }) => (
          <tr key={track.id}>
            <td>
              <bdi>{labelText(track.name, 80)}</bdi>
            </td>
            {[low, high, last].map((value, i) => (
              <td key={i} class="number">
                {valueText(value, track.unit ?? "")}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
