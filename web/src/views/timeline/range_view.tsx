// What lies in a stretch of time that was dragged: counts, the hottest functions, what threads did.

import { useMemo } from "preact/hooks";
import { countText, durationText, percentText, valueText } from "../../base/format";
import { labelText } from "../../base/label";
import type { Range } from "../../base/time";
import { rowOf } from "../../model/links";
import { onPage, type Page, selectionOf } from "../../model/state";
import type { Prefs } from "../../model/timeline_prefs";
import { useApp } from "../../widgets/app_context";
import { ProblemNote, Skeleton } from "../../widgets/states";
import { useAnswer } from "../../widgets/use_answer";
import type { Actions } from "./actions";
import type { Stage } from "./stage";

const tabs = [
  ["functions", "Functions"],
  ["flame", "Flame"],
  ["states", "States"],
  ["counters", "Counters"],
] as const;

interface FunctionRow {
  readonly key: string;
  readonly name: string;
  readonly module: string;
  readonly self: number;
  readonly total: number;
}

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

export function RangeView({ range, stage, actions, prefs }: RangeViewProps) {
  const { store } = useApp();
  const state = store.state.value;
  const a = stage.sides[0]?.id;
  const time = `${Math.round(range.from)}-${Math.round(range.to)}`;
  const answer = useAnswer<Readonly<Record<string, unknown>>>("range", {
    a,
    t: time,
    threads: state.threads,
  });
  const tab = tabs.find(([id]) => id === prefs.tab)?.[0] ?? "functions";
  const open = (page: Page) => () =>
    store.set({ ...onPage(state, page, { range }), more: state.more });
  const facts = Object.entries(answer.value ?? {}).flatMap(([name, value]) =>
    typeof value === "number" && words[name] !== undefined ? [[name, value] as const] : [],
  );
  return (
    <>
      <div class="tl-range-facts">
        {facts.map(([name, value]) => (
          <span key={name}>
            <b class="number">{name.endsWith("_ns") ? durationText(value) : countText(value)}</b>{" "}
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
        {tab === "functions" && <Functions a={a} time={time} open={open("functions")} />}
        {tab === "flame" && (
          <p>
            <button type="button" onClick={open("flame")}>
              Flame graph of these {durationText(range.to - range.from)}
            </button>{" "}
            <span class="soft">It opens with this stretch as the filter.</span>
          </p>
        )}
        {tab === "states" && <States answer={answer.value} length={range.to - range.from} />}
        {tab === "counters" && <Counters stage={stage} range={range} />}
      </div>
    </>
  );
}

function Functions({ a, time, open }: { a: string | undefined; time: string; open: () => void }) {
  const { store } = useApp();
  const state = store.state.value;
  const answer = useAnswer<{
    readonly rows: readonly FunctionRow[];
    readonly total: number;
    readonly unit: string;
  }>("functions", { a, ...selectionOf(state), t: time, limit: 8, sort: "self" });
  if (answer.problem !== null) return <ProblemNote problem={answer.problem} again={answer.again} />;
  if (answer.value === null) return <Skeleton rows={3} />;
  const { rows, total, unit } = answer.value;
  if (rows.length === 0) return <p class="soft">No samples fell into this stretch.</p>;
  return (
    <>
      <table class="tl-list">
        <thead>
          <tr>
            <th>Function</th>
            <th class="number">self</th>
            <th class="number">share</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, name, self }) => (
            <tr key={key}>
              <td>
                <button type="button" class="tl-link" onClick={() => store.set(rowOf(state, key))}>
                  <bdi>{labelText(name, 120)}</bdi>
                </button>
              </td>
              <td class="number">{valueText(self, unit)}</td>
              <td class="number">{percentText(total > 0 ? self / total : 0)}</td>
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

interface Named {
  readonly name: string;
  readonly total: number;
}

function States({
  answer,
  length,
}: {
  answer: Readonly<Record<string, unknown>> | null;
  length: number;
}) {
  const list = listOf(answer?.["states"]) ?? listOf(answer?.["waits"]);
  if (answer === null) return <Skeleton rows={2} />;
  if (list === null || list.length === 0) {
    const [cpu, waits] = [answer["cpu_ns"], answer["waits_ns"]];
    if (typeof cpu !== "number" && typeof waits !== "number") {
      return <p class="soft">This recording does not tell what threads did.</p>;
    }
    return (
      <p>
        All threads together ran for {durationText(Number(cpu ?? 0))} and waited for{" "}
        {durationText(Number(waits ?? 0))} of these {durationText(length)}.
      </p>
    );
  }
  return (
    <table class="tl-list">
      <tbody>
        {list.map(({ name, total }) => (
          <tr key={name}>
            <td>
              <bdi>{labelText(name, 120)}</bdi>
            </td>
            <td class="number">{durationText(total)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function listOf(value: unknown): readonly Named[] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((one: Record<string, unknown>) => {
    const name = one["name"] ?? one["cause"];
    const total = one["total"];
    return typeof name === "string" && typeof total === "number" ? [{ name, total }] : [];
  });
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
