// What a person should look at first: numbers, findings by what they may gain, small pictures of
// the other pages. In compare, what B adds comes first.

import { sourceOf, timesOf } from "../../model/links";
import { onPage, selectionOf, sidesOf } from "../../model/state";
import { countText, durationText, percentText, valueText } from "../../base/format";
import { useApp } from "../../widgets/app_context";
import { ProblemNote, Skeleton } from "../../widgets/states";
import { Strip } from "../../widgets/strip";
import { useAnswer } from "../../widgets/use_answer";
import { CompareCard } from "./compare_card";
import { FindingList } from "./finding_list";
import { NumberRow } from "./number_row";
import type { OverviewAnswer, Side, TopFunction, TopSpan } from "./overview_types";
import "./overview.css";

export default function OverviewPage() {
  const { store } = useApp();
  const state = store.state.value;
  const answer = useAnswer<OverviewAnswer>("overview", {
    ...sidesOf(state),
    ...selectionOf(state),
  });
  if (answer.problem !== null) return <ProblemNote problem={answer.problem} again={answer.again} />;
  if (answer.value === null) return <Skeleton says="Looking for what stands out" />;
  const { a, b } = answer.value;
  return (
    <div class={answer.isStale ? "overview is-stale" : "overview"}>
      <Heading side={a} other={b} />
      <NumberRow a={a.numbers} b={b?.numbers ?? null} />
      {b !== null && <CompareCard a={a} b={b} />}
      <FindingList a={a.findings} b={b?.findings ?? null} />
      <Previews side={a} other={b} />
    </div>
  );
}

function Heading({ side, other }: { side: Side; other: Side | null }) {
  const { summary } = side;
  return (
    <header class="run">
      <h1>
        <code title={summary.command}>{summary.command || side.id}</code>
      </h1>
      <p class="soft">
        {[
          summary.started.replace("T", " ").replace("Z", " UTC"),
          summary.host,
          summary.cpu_count > 0 ? `${countText(summary.cpu_count)} CPUs` : "",
          side.path,
        ]
          .filter((part) => part !== "")
          .join(" · ")}
      </p>
      {other !== null && (
        <p class="soft">
          <b>B</b> <code>{other.summary.command || other.id}</code> · {other.path}
        </p>
      )}
    </header>
  );
}

// What profiles without times say (folded stacks, callgrind, ...) has no place on a clock.
function hasTimes({ numbers }: Side): boolean {
  return numbers.some(({ id, value }) => id === "wall" && value !== null);
}

function OverTime({ side, other }: { side: Side; other: Side | null }) {
  const { store } = useApp();
  const state = store.state.value;
  return (
    <div class="panel">
      <h2>Over time</h2>
      <Strip
        label="CPUs busy"
        values={side.strips.cpu.values}
        other={other?.strips.cpu.values}
        text={(value) => valueText(value, "")}
      />
      {side.strips.memory !== null && (
        <Strip
          label="Memory"
          values={side.strips.memory.values}
          other={other?.strips.memory?.values}
          text={(value) => valueText(value, "bytes")}
        />
      )}
      <p>
        <button type="button" class="small" onClick={() => store.set(onPage(state, "timeline"))}>
          Timeline
        </button>
      </p>
    </div>
  );
}

function Previews({ side, other }: { side: Side; other: Side | null }) {
  const { store } = useApp();
  const state = store.state.value;
  const spans = side.spans?.spans ?? [];
  return (
    <section class="columns" aria-label="The other pages, in small">
      {hasTimes(side) && <OverTime side={side} other={other} />}
      <div class="panel">
        <h2>
          {side.weight.unit === "ns"
            ? "Functions by their own time"
            : `Functions by ${side.weight.name}`}
        </h2>
        {side.functions.length === 0 ? (
          <p class="soft">No samples here.</p>
        ) : (
          <ol class="top-list">
            {side.functions.map((row) => (
              <TopFunctionRow key={row.key} row={row} />
            ))}
          </ol>
        )}
        <p>
          <button type="button" class="small" onClick={() => store.set(onPage(state, "functions"))}>
            All functions
          </button>{" "}
          <button type="button" class="small" onClick={() => store.set(onPage(state, "flame"))}>
            Flame graph
          </button>
        </p>
      </div>
      {spans.length > 0 && (
        <div class="panel">
          <h2>Spans by their own time</h2>
          <ol class="top-list">
            {spans.slice(0, 5).map((row) => (
              <TopSpanRow key={row.name} row={row} />
            ))}
          </ol>
          <p>
            <button type="button" class="small" onClick={() => store.set(timesOf(state, ""))}>
              All spans
            </button>
          </p>
        </div>
      )}
    </section>
  );
}

// Few samples: the interval says more than the share.
const fewSamples = 200;

function TopFunctionRow({ row }: { row: TopFunction }) {
  const { store } = useApp();
  const half = (row.self_share_high - row.self_share_low) / 2;
  return (
    <li>
      <button
        type="button"
        class="link"
        title={row.name}
        onClick={() => store.set(sourceOf(store.state.value, row.key))}
      >
        {row.name}
      </button>
      <span class="number">
        {percentText(row.self_share)}
        {row.self_samples < fewSamples && half > 0 && (
          <span class="soft"> ±{percentText(half)}</span>
        )}
      </span>
    </li>
  );
}

function TopSpanRow({ row }: { row: TopSpan }) {
  const { store } = useApp();
  return (
    <li>
      <button
        type="button"
        class="link"
        title={row.name}
        onClick={() => store.set(timesOf(store.state.value, row.name))}
      >
        {row.name}
      </button>
      <span class="number">
        {durationText(row.self_ns)} <span class="soft">in {countText(row.count)}</span>
      </span>
    </li>
  );
}
