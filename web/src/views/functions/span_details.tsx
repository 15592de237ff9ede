// One span: how its durations are spread, where the slow ones are, and who has them.

import { countText, durationText } from "../../base/format";
import { rangeOf } from "../../base/time";
import { shownText } from "../../base/text";
import type { Selected } from "../../layout/histogram_layout";
import { onPage, selectionOf, sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { type Column, DataTable } from "../../widgets/data_table";
import { ActionBar } from "../../widgets/menu";
import { NameText } from "../../widgets/name_text";
import { ProblemNote, Skeleton } from "../../widgets/states";
import { Verdict } from "../../widgets/numbers";
import { useAnswer } from "../../widgets/use_answer";
import { Ratio } from "./span_ratio";
import { SpanHistogram } from "./span_histogram";
import { OverTimeStrip } from "./span_over_time";
import type { Part, Slow, SpanAnswer, Waits } from "./spans_answer";

export function selectedDurations(more: Readonly<Record<string, string>>): Selected | null {
  const low = Number(more["span.low"] || Number.NaN);
  const high = Number(more["span.high"] || Number.NaN);
  return Number.isFinite(low) && Number.isFinite(high) && low <= high ? { low, high } : null;
}

export function SpanDetails() {
  const app = useApp();
  const { store } = app;
  const state = store.state.value;
  const selected = selectedDurations(state.more);
  const values = { ...sidesOf(state), ...selectionOf(state), name: state.span };
  // All of them stay in the picture; what is selected has numbers of its own.
  const all = useAnswer<SpanAnswer>("span", values);
  const part = useAnswer<SpanAnswer>("span", selected === null ? null : { ...values, ...selected });
  const shown = selected === null ? all : part;
  if (all.problem !== null) return <ProblemNote problem={all.problem} again={all.again} />;
  if (all.value === null) return <Skeleton rows={5} />;
  const some = shown.value ?? all.value;
  const setSelected = (to: Selected | null): void => {
    const low = to === null ? "" : `${to.low}`;
    const high = to === null ? "" : `${to.high}`;
    store.set({ more: { ...state.more, "span.low": low, "span.high": high } });
    app.say(to === null ? "All durations" : `${durationText(to.low)} to ${durationText(to.high)}`);
  };
  return (
    <section class="span-details" aria-label="The selected span">
      <header>
        <h2>
          <NameText text={state.span} />
        </h2>
        {selected !== null && (
          <span class="chip">
            <span>
              {durationText(selected.low)} to {durationText(selected.high)}:{" "}
              {countText(some.statistics.count)} of {countText(all.value.statistics.count)}
            </span>
            <button
              type="button"
              aria-label="Show all durations again"
              onClick={() => setSelected(null)}
            >
              ×
            </button>
          </span>
        )}
        {all.value.b !== null && (
          <span>
            median <Ratio ratio={some.ratio} interval={some.interval} />{" "}
            <Verdict word={some.verdict} />
          </span>
        )}
        <span class="grow" />
        <SpanLinks slowest={some.slowest[0] ?? null} />
      </header>
      <div class="span-columns">
        <div class="span-pictures">
          <SpanHistogram answer={all.value} selected={selected} onSelect={setSelected} />
          <Statistics of={some.statistics} b={some.b} />
          {some.waits !== null && some.waits.recorded && some.waits.count > 0 && (
            <WaitFacts waits={some.waits} />
          )}
          {all.value.over_time !== null && <OverTimeStrip over={all.value.over_time} />}
        </div>
        <div class="span-lists">
          <SlowTable rows={some.slowest} />
          <PartTable title="By thread" parts={some.by_thread} />
          <PartTable title="Inside of" parts={some.by_parent} />
        </div>
      </div>
    </section>
  );
}

// Where on the timeline one is: it and a little around it.
function toSlow(app: ReturnType<typeof useApp>, slow: Slow): void {
  const state = app.store.state.value;
  const margin = Math.max(slow.duration, 1_000) * 0.6;
  const view = rangeOf(Math.max(0, slow.start - margin), slow.start + slow.duration + margin);
  app.store.set(onPage(state, "timeline", { event: `${slow.track}/${slow.event}`, view }));
}

function SpanLinks({ slowest }: { slowest: Slow | null }) {
  const app = useApp();
  const { store } = app;
  const state = store.state.value;
  return (
    <ActionBar
      label="Show the span elsewhere"
      actions={[
        {
          id: "slowest",
          says: "Jump to the slowest",
          hint: "The longest one, on the timeline",
          isOff: slowest === null,
          act: () => slowest !== null && toSlow(app, slowest),
        },
        {
          id: "inside",
          says: "Only inside of it",
          hint: "Filters every page by what ran inside of this span",
          isOff: state.inside === state.span,
          act: () => store.set({ inside: state.span }),
        },
        {
          id: "flame",
          says: "Flame graph inside",
          hint: "What code ran inside of it",
          act: () =>
            store.set(
              onPage(state, "flame", { inside: state.span, weight: "", root: [], mode: "" }),
            ),
        },
      ]}
    />
  );
}

const statisticNames = [
  ["mean", "mean"],
  ["min", "shortest"],
  ["p50", "median"],
  ["p95", "p95"],
  ["p99", "p99"],
  ["max", "longest"],
] as const;

function Statistics({ of, b }: { of: SpanAnswer["statistics"]; b: SpanAnswer["b"] }) {
  return (
    <dl class="facts span-facts">
      <div>
        <dt>count</dt>
        <dd>
          {countText(of.count)}
          {b !== null && <span class="soft"> B {countText(b.count)}</span>}
        </dd>
      </div>
      {statisticNames.map(([id, says]) => (
        <div key={id}>
          <dt>{says}</dt>
          <dd>
            {durationText(of[id])}
            {b !== null && <span class="soft"> B {durationText(b[id])}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

// What threads waited for while this was their innermost span.
function WaitFacts({ waits }: { waits: Waits }) {
  const kinds = Object.entries(waits.kinds).sort((p, q) => q[1] - p[1]);
  return (
    <dl class="facts span-facts">
      <div>
        <dt>blocked inside</dt>
        <dd>{durationText(waits.blocked)}</dd>
      </div>
      {kinds.slice(0, 4).map(([kind, time]) => (
        <div key={kind}>
          <dt>{waits.kind_texts[kind] ?? kind}</dt>
          <dd>{durationText(time)}</dd>
        </div>
      ))}
      <div>
        <dt>waiting for a CPU</dt>
        <dd>{durationText(waits.waiting_for_cpu)}</dd>
      </div>
      {waits.most_at !== null && (
        <div>
          <dt>most at</dt>
          <dd>{shownText(waits.most_at.function, 120)}</dd>
        </div>
      )}
    </dl>
  );
}

function SlowTable({ rows }: { rows: readonly Slow[] }) {
  const app = useApp();
  const columns: Column<Slow>[] = [
    {
      id: "duration",
      title: "Slowest",
      width: "5.5rem",
      isNumber: true,
      cell: (row) => durationText(row.duration),
    },
    {
      id: "start",
      title: "At",
      width: "minmax(5rem, 1fr)",
      isNumber: true,
      cell: (row) => durationText(row.start),
    },
    {
      id: "thread",
      title: "Thread",
      width: "minmax(5rem, 1fr)",
      cell: (row) => <span title={`${row.thread.tid}`}>{shownText(row.thread.name, 60)}</span>,
    },
    {
      id: "go",
      title: "Show",
      width: "5.5rem",
      cell: (row) => (
        <button type="button" class="link" tabIndex={-1} onClick={() => toSlow(app, row)}>
          Timeline
        </button>
      ),
    },
  ];
  return (
    <DataTable
      label="The slowest"
      columns={columns}
      rows={rows}
      rowKey={(row) => `${row.track}/${row.event}`}
      onOpen={(row) => toSlow(app, row)}
      height={`${Math.min(11, rows.length + 1) * 26 + 2}px`}
    />
  );
}

function PartTable({ title, parts }: { title: string; parts: readonly Part[] }) {
  if (parts.length === 0) return null;
  const columns: Column<Part>[] = [
    {
      id: "name",
      title,
      width: "minmax(5rem, 2fr)",
      cell: (row) => <NameText text={row.name} none="(nothing)" />,
    },
    {
      id: "count",
      title: "Count",
      width: "4rem",
      isNumber: true,
      cell: (row) => countText(row.count),
    },
    {
      id: "total",
      title: "Total",
      width: "5rem",
      isNumber: true,
      cell: (row) => durationText(row.total),
    },
    {
      id: "p50",
      title: "Median",
      width: "5rem",
      isNumber: true,
      cell: (row) => durationText(row.p50),
    },
  ];
  return (
    <DataTable
      label={title}
      columns={columns}
      rows={parts}
      rowKey={(row, index) => `${index} ${row.name}`}
      height={`${Math.min(8, parts.length + 1) * 26 + 2}px`}
    />
  );
}
