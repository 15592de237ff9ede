// Everything that is known of one event, and the ways from it to the other pages.

import { countText, durationText, momentText, percentText } from "../../base/format";
import { labelText } from "../../base/label";
import { rangeOf } from "../../base/time";
import type { EventDetails } from "../../model/timeline_types";
import { rowOf, sourceOf, timesOf } from "../../model/links";
import { onPage, type Page, type State } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import type { Actions, StepTo } from "./actions";
import { Facts, Rows } from "./facts";
import { LockView } from "./lock_view";
import { OtherSide } from "./other_side";
import type { Selected, Stage } from "./stage";

const valueSigns = 600; // of an argument's value

// What an event is called: a frame has no name of its own.
export function titleOf(details: EventDetails): string {
  if (details.name !== "") return labelText(details.name, 120);
  return details.kind === "frames" ? "Frame" : "(no name)";
}

// Samples and messages have a time, and no length.
function isMomentOf(details: EventDetails): boolean {
  return details.duration === 0 && details.open !== true;
}

export function EventView({
  selected,
  stage,
  actions,
}: {
  selected: Selected;
  stage: Stage;
  actions: Actions;
}) {
  const { details } = selected;
  return (
    <>
      <Ways selected={selected} actions={actions} stage={stage} />
      <div class="tl-facts">
        <Times details={details} />
        <Statistics details={details} actions={actions} />
        <OtherSide selected={selected} />
        <Arguments details={details} />
        <Children details={details} />
        <Waits details={details} />
        <Samples details={details} />
        <Stack details={details} />
        <LockView selected={selected} actions={actions} />
        <Ties selected={selected} actions={actions} />
        <Messages details={details} />
      </div>
    </>
  );
}

// Where one can go from here with this selection.
function Ways({
  selected,
  actions,
  stage,
}: {
  selected: Selected;
  actions: Actions;
  stage: Stage;
}) {
  const { store, keys } = useApp();
  const state = store.state.value;
  const { details } = selected;
  const range = rangeOf(details.start, details.end);
  const isSpan = details.kind === "spans" || details.kind === "async";
  const hasSame = isSpan || details.kind === "gpu";
  const thread = details.thread && selected.side === "a" ? [details.thread.id] : [];
  const go = (page: Page, patch: Partial<State>) => () => store.set(onPage(state, page, patch));
  const walk = (to: StepTo, text: string, hint: string) => (
    <button
      type="button"
      class="small"
      title={keys.hint(hint, `step.${to}`)}
      onClick={() => void actions.step(to, null)}
    >
      {text}
    </button>
  );
  return (
    <div class="toolbar tl-ways">
      <span class="tl-group">
        {walk("previous", "‹", "The one before")}
        {walk("next", "›", "The one behind")}
        {hasSame && walk("parent", "↑ parent", "The span around it")}
        {hasSame && walk("child", "↓ child", "The first span inside")}
      </span>
      {hasSame && (
        <span class="tl-group">
          {walk("previous-same", "‹ same name", "The one of its name before")}
          {walk("next-same", "same name ›", "The next one of its name")}
          {walk("slowest-same", "longest", "The longest of its name")}
        </span>
      )}
      <button
        type="button"
        class="small"
        title={keys.hint("Zoom to it", "fit")}
        onClick={() =>
          stage.glide(
            rangeOf(
              range.from - (range.to - range.from) * 0.1,
              range.to + (range.to - range.from) * 0.1,
            ),
          )
        }
      >
        Zoom to it
      </button>
      <span class="tl-group">
        <button
          type="button"
          class="small"
          title="Every page shows this stretch of this thread only"
          disabled={isMomentOf(details)}
          onClick={() => store.set({ range, threads: thread })}
        >
          Filter to its time
        </button>
        {isSpan && (
          <button
            type="button"
            class="small"
            title="Every page shows what happens inside of spans of this name only"
            onClick={() => store.set({ inside: details.name })}
          >
            Inside its name
          </button>
        )}
      </span>
      <span class="tl-group">
        <span class="soft">Open in</span>
        <button type="button" class="small" onClick={go("functions", { range, threads: thread })}>
          Functions
        </button>
        <button type="button" class="small" onClick={go("flame", { range, threads: thread })}>
          Flame
        </button>
        {details.kind === "samples" && details.stack?.[0] !== undefined && (
          <button type="button" class="small" onClick={go("source", { key: details.stack[0].key })}>
            Source
          </button>
        )}
        {isSpan && (
          <button
            type="button"
            class="small"
            onClick={() => store.set(timesOf(state, details.name))}
          >
            All of its name
          </button>
        )}
      </span>
    </div>
  );
}

function Times({ details }: { details: EventDetails }) {
  const { self, duration, place } = details;
  const isMoment = isMomentOf(details);
  // As many digits as tell its start from its end.
  const grain = isMoment ? 1 : Math.min(1_000, Math.max(1, duration / 1_000));
  return (
    <Facts title="Times">
      <Rows
        rows={[
          ...(isMoment ? [] : [["duration", <b>{durationText(duration)}</b>] as const]),
          ...(typeof self === "number"
            ? [
                [
                  "self",
                  `${durationText(self)}${duration > 0 ? ` (${percentText(self / duration)})` : ""}`,
                ] as const,
              ]
            : []),
          [isMoment ? "time" : "start", momentText(details.start, grain)],
          ...(isMoment
            ? []
            : [
                [
                  "end",
                  details.open === true
                    ? "not over when the recording ended"
                    : momentText(details.end, grain),
                ] as const,
              ]),
          ...(details.depth !== undefined && details.depth > 0
            ? [["depth", `${details.depth}`] as const]
            : []),
          ...(details.parent
            ? [["inside", <bdi>{labelText(details.parent.name, 60)}</bdi>] as const]
            : []),
          ...(place?.file
            ? [
                [
                  "place",
                  <bdi class="mono">
                    {labelText(`${place.file}${place.line ? `:${place.line}` : ""}`, 120)}
                  </bdi>,
                ] as const,
              ]
            : []),
        ]}
      />
    </Facts>
  );
}

function Statistics({ details, actions }: { details: EventDetails; actions: Actions }) {
  const of = details.statistics;
  if (!of || of.count === 0) return null;
  const ratio = of.p50 > 0 ? details.duration / of.p50 : 0;
  return (
    <Facts
      title={
        details.kind === "frames"
          ? `All ${countText(of.count)} frames`
          : `All ${countText(of.count)} of its name`
      }
    >
      <Rows
        rows={[
          ...(of.rank !== undefined
            ? [["rank", `${countText(of.rank)} of ${countText(of.count)} by length`] as const]
            : []),
          ["this one", ratio > 0 ? `${Number(ratio.toPrecision(3))} × the median` : "–"],
          ["mean", durationText(of.mean)],
          ["P50", durationText(of.p50)],
          ["P95", durationText(of.p95)],
          ["P99", durationText(of.p99)],
          [
            "longest",
            <button
              type="button"
              class="small plain"
              onClick={() => void actions.step("slowest-same", null)}
            >
              {durationText(of.max)}
            </button>,
          ],
        ]}
      />
    </Facts>
  );
}

function Arguments({ details }: { details: EventDetails }) {
  const list = details.arguments ?? [];
  if (list.length === 0) return null;
  return (
    <Facts title="Arguments">
      <Rows
        rows={list.map(({ key, value }) => [
          <bdi>{labelText(key, 60)}</bdi>,
          <bdi class="mono">
            {labelText(typeof value === "string" ? value : JSON.stringify(value), valueSigns)}
          </bdi>,
        ])}
      />
    </Facts>
  );
}

function Children({ details }: { details: EventDetails }) {
  const list = details.children ?? [];
  if (list.length === 0) return null;
  return (
    <Facts title="Inside it">
      <Rows
        rows={list.map(({ name, count, total }) => [
          <bdi>
            {labelText(name, 60)}
            {count > 1 && <span class="soft"> × {countText(count)}</span>}
          </bdi>,
          share(total, details.duration),
        ])}
      />
      {details.children_cut === true && (
        <p class="soft">So many that only the last of them were counted.</p>
      )}
    </Facts>
  );
}

function share(part: number, whole: number) {
  return (
    <>
      {durationText(part)} {whole > 0 && <span class="soft">{percentText(part / whole)}</span>}
    </>
  );
}

function Waits({ details }: { details: EventDetails }) {
  const list = details.waits ?? [];
  if (list.length === 0) return null;
  return (
    <Facts title="Waits in it">
      <Rows
        rows={list.map(({ cause, total, count, function: where }) => [
          <bdi>
            {labelText(cause, 80)}
            {where !== undefined && where !== "" && (
              <span class="soft"> in {labelText(where, 60)}</span>
            )}
            {count > 1 && <span class="soft"> × {countText(count)}</span>}
          </bdi>,
          share(total, details.duration),
        ])}
      />
    </Facts>
  );
}

function Samples({ details }: { details: EventDetails }) {
  const { store } = useApp();
  const list = details.samples ?? [];
  if (list.length === 0) return null;
  const total = list.reduce((sum, { self }) => sum + self, 0);
  return (
    <Facts
      title={
        details.sample_count === undefined
          ? "Functions in it"
          : `Functions in it, of ${countText(details.sample_count)} samples`
      }
    >
      <Rows
        rows={list.map(({ key, name, self }) => [
          key === null ? (
            <bdi>{labelText(name, 90)}</bdi>
          ) : (
            <FunctionLink name={name} to={() => store.set(rowOf(store.state.peek(), key))} />
          ),
          total > 0 ? percentText(self / total) : "",
        ])}
      />
    </Facts>
  );
}

function FunctionLink({ name, to }: { name: string; to: () => void }) {
  return (
    <button type="button" class="tl-link" onClick={to}>
      <bdi>{labelText(name, 90)}</bdi>
    </button>
  );
}

function Stack({ details }: { details: EventDetails }) {
  const { store } = useApp();
  const list = details.stack ?? [];
  if (list.length === 0) return null;
  return (
    <Facts title="Stack, innermost first">
      <ol class="tl-stack mono">
        {list.slice(0, 64).map(({ key, name, file, line }, i) => (
          <li key={i}>
            <FunctionLink name={name} to={() => store.set(sourceOf(store.state.peek(), key))} />
            {file !== undefined && file !== "" && (
              <span class="soft">
                {" "}
                {labelText(`${file.slice(file.lastIndexOf("/") + 1)}${line ? `:${line}` : ""}`, 60)}
              </span>
            )}
          </li>
        ))}
        {list.length > 64 && <li class="soft">{countText(list.length - 64)} more</li>}
      </ol>
    </Facts>
  );
}

// What it is tied to: who woke it, who held the lock, where a flow came from or goes.
function Ties({ selected, actions }: { selected: Selected; actions: Actions }) {
  const { details, side } = selected;
  const link = (
    text: string,
    to: { track: string; event: number | null; start: number; end: number } | null,
  ) => {
    const event = to?.event ?? null;
    if (to === null || event === null) return <bdi>{labelText(text, 60)}</bdi>;
    return (
      <button
        type="button"
        class="tl-link"
        onClick={() => actions.go({ side, track: to.track, event }, rangeOf(to.start, to.end))}
      >
        <bdi>{labelText(text, 60)}</bdi>
      </button>
    );
  };
  const { waker, owner } = details;
  const isToldByLock = (details.lock?.holder_count ?? 0) > 0;
  const rows = [
    ...(owner && !isToldByLock ? [["lock held by", link(owner.name, null)] as const] : []),
    ...(waker?.thread ? [["woken by", link(waker.thread.name, waker.span)] as const] : []),
    ...(waker?.span ? [["which was in", link(waker.span.name, waker.span)] as const] : []),
    ...(details.flows ?? []).slice(0, 40).map((flow) => {
      const name = flow.thread ? `${flow.name || "flow"} · ${flow.thread.name}` : flow.name;
      return [flow.direction === "in" ? "came from" : "leads to", link(name, flow)] as const;
    }),
  ];
  return rows.length === 0 ? null : (
    <Facts title="Tied to">
      <Rows rows={rows} />
    </Facts>
  );
}

function Messages({ details }: { details: EventDetails }) {
  const list = details.messages ?? [];
  if (list.length === 0) return null;
  return (
    <Facts title="Messages">
      <Rows
        rows={list
          .slice(0, 100)
          .map(({ start, name }) => [
            `+${durationText(start - details.start)}`,
            <bdi>{labelText(name, 500)}</bdi>,
          ])}
      />
    </Facts>
  );
}
