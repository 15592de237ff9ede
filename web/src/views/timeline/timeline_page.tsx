// The timeline: what every thread did and when, of one recording or of two.

import { useComputed } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { countText, durationText } from "../../base/format";
import { globMatcher } from "../../base/glob";
import { labelText } from "../../base/label";
import { rangeOf } from "../../base/time";
import { placeOfTrack } from "../../layout/arrows";
import { sideKey, unmatched } from "../../layout/row_items";
import { layoutRows, type Rows } from "../../layout/rows";
import { frameScale, type FrameRows } from "../../layout/frame_columns";
import type { Scene } from "../../layout/scene";
import type { State } from "../../model/state";
import { prefsOf, withPrefs } from "../../model/timeline_prefs";
import { eventFrom, type EventDetails, type Timeline } from "../../model/timeline_types";
import { useApp } from "../../widgets/app_context";
import { EmptyNote, ProblemNote, Skeleton } from "../../widgets/states";
import { Split } from "../../widgets/split";
import { useAnswer } from "../../widgets/use_answer";
import { Actions } from "./actions";
import { Drawer } from "./drawer";
import { titleOf } from "./event_view";
import { useFound } from "./found";
import { FrameBar } from "./frame_bar";
import { FunctionBar } from "./function_bar";
import { Minimap } from "./minimap";
import { NotesList } from "./notes_list";
import { NotesStrip } from "./notes_strip";
import { startProbe } from "./probe";
import { RulerBar } from "./ruler_bar";
import { rowsOfScene, SceneTable, type SceneRow } from "./scene_table";
import { Stage } from "./stage";
import "./timeline.css";
import { Toolbar } from "./toolbar";
import { TimelineTip } from "./tooltip";
import { TrackPane } from "./track_pane";
import { useTimelineKeys } from "./use_timeline_keys";
import { usePaints } from "./use_ink";
import { useNotes } from "./use_notes";

startProbe();

export default function TimelinePage() {
  return (
    <>
      <h1 class="hidden">Timeline</h1>
      <Loaded />
    </>
  );
}

// From the answers to what is shown of them.
function Loaded() {
  const app = useApp();
  const state = app.store.state.value;
  const list = app.recordings.value;
  const a = state.a ?? list?.initial.a ?? list?.recordings[0]?.id ?? null;
  const one = useAnswer<Timeline>("timeline", a === null ? null : { a });
  const two = useAnswer<Timeline>("timeline", state.b === null ? null : { a: state.b });
  const stage = useMemo(() => {
    if (one.value === null || a === null || one.isStale) return null;
    const sides = [{ side: "a" as const, id: a, timeline: one.value }];
    const withB =
      state.b === null || two.value === null || two.isStale
        ? sides
        : [...sides, { side: "b" as const, id: state.b, timeline: two.value }];
    const settle = (view: Stage["whole"]): void => {
      const isAll = view.from <= made.whole.from && view.to >= made.whole.to;
      app.store.set({ view: isAll ? null : view }, true);
    };
    const made: Stage = new Stage(app.client, withB, settle, app.store.state.peek().view);
    return made;
  }, [app, a, state.b, one.value, two.value, one.isStale, two.isStale]);
  useEffect(() => () => stage?.close(), [stage]);
  useEffect(() => stage?.follow(state.view), [stage, state.view]);
  useEffect(() => stage?.retry(), [stage, app.retries.value]);

  if (one.problem !== null) {
    return (
      <div class="page-body">
        <ProblemNote problem={one.problem} again={one.again} />
      </div>
    );
  }
  if (stage === null) return <Skeleton says="The timeline is being fetched" />;
  if (stage.sides[0]?.timeline.tracks.length === 0) {
    return (
      <div class="page-body">
        <EmptyNote title="Nothing happened over time">
          <p>
            This recording holds no samples, spans, waits or counters. Sums without times, as
            profiles of other tools hold, are on the pages Flame, Functions and Source.{" "}
            <code>hone record -- ./app</code> records samples and waits; what a program marks is
            shown, too.
          </p>
        </EmptyNote>
      </div>
    );
  }
  return (
    <>
      {two.problem !== null && <ProblemNote problem={two.problem} again={two.again} />}
      <Shown key={stage.sides.map(({ id }) => id).join("\n")} stage={stage} />
    </>
  );
}

function Shown({ stage }: { stage: Stage }) {
  const app = useApp();
  const state = app.store.state.value;
  const prefs = useMemo(() => prefsOf(state), [state.more]);
  const actions = useMemo(() => new Actions(app, stage), [app, stage]);
  const notes = useNotes(stage, actions);
  const paints = usePaints();
  const pinnedScene = useRef<Scene | null>(null);
  const mainScene = useRef<Scene | null>(null);
  const frames = useRef<FrameRows | null>(null);
  const framesB = useRef<FrameRows | null>(null);

  const rows = useMemo(
    () =>
      layoutRows({
        sides: stage.sides.map(({ side, id, sections }) => ({
          side,
          name:
            side === "a" && prefs.isBeside
              ? `A ${id}, with B ${stage.sideOf("b")?.id ?? ""} below each track`
              : `${side.toUpperCase()} ${id}`,
          sections,
        })),
        prefs,
        threads: threadsShown(stage, state),
      }),
    [stage, prefs, state.threads, state.process],
  );
  const scenes = useMemo(() => [pinnedScene, mainScene], []);
  const sets = stage.sides[0]?.timeline.frames ?? [];
  const set = sets.find((one) => one.set === prefs.frameSet) ?? sets[0] ?? null;
  const frameBars = stage.sides.flatMap((data) => {
    const shown =
      data.side === "a" ? set : (data.timeline.frames.find((one) => one.set === set?.set) ?? null);
    return shown === null ? [] : [{ data, set: shown, rows: data.side === "a" ? frames : framesB }];
  });
  const top = frameScale(frameBars.map((bar) => bar.set));
  useTimelineKeys({ stage, actions, notes, scenes, frames, set });

  useUnfold(stage, actions, rows);
  const event = useSelected(stage);
  const found = useFound(stage);
  // What a search finds is lit up; without one, the spans that the other pages look inside of.
  const hit = useMemo(() => {
    const text = state.search.toLowerCase();
    if (text !== "") return (name: string) => name.toLowerCase().includes(text);
    return state.inside === "" ? null : globMatcher(state.inside);
  }, [state.search, state.inside]);
  const selection = useSelection(stage);
  const range = useAnswer<{ readonly spans?: number }>(
    "range",
    prefs.selected === null
      ? null
      : {
          a: stage.sides[0]?.id,
          t: `${Math.round(prefs.selected.from)}-${Math.round(prefs.selected.to)}`,
          threads: state.threads,
        },
  );
  const [table, setTable] = useState<readonly SceneRow[]>([]);
  const tableTurn = useRef(0);
  const onScene = (): void => {
    if (!prefs.isTable) return;
    // After the window has come to rest: rows of every frame of a zoom are read by nobody.
    clearTimeout(tableTurn.current);
    tableTurn.current = window.setTimeout(
      () => setTable(rowsOfScene([pinnedScene.current, mainScene.current])),
      80,
    );
  };
  useEffect(() => () => clearTimeout(tableTurn.current), []);
  const problem = useTileProblem(stage);

  const panes = (
    <>
      {rows.pinned.length > 0 && (
        <TrackPane
          name="pinned"
          label="Pinned tracks"
          rows={rows.pinned}
          stage={stage}
          actions={actions}
          paints={paints}
          notes={notes}
          isHit={hit}
          scene={pinnedScene}
          onScene={onScene}
        />
      )}
      {rows.rows.length === 0 && rows.pinned.length === 0 ? (
        <EmptyNote title="No track is called that">
          <p>{countText(rows.hidden)} tracks are left out by the filters.</p>
          <button
            type="button"
            onClick={() =>
              app.store.set({ threads: [], process: "", ...clearedTracks(app.store.state.peek()) })
            }
          >
            Show all tracks
          </button>
        </EmptyNote>
      ) : (
        <TrackPane
          name="main"
          label={`Tracks of ${stage.sides.map(({ id }) => id).join(" and ")}`}
          rows={rows.rows}
          stage={stage}
          actions={actions}
          paints={paints}
          notes={notes}
          isHit={hit}
          scene={mainScene}
          onScene={onScene}
        />
      )}
    </>
  );
  return (
    <div class={`timeline ${prefs.isCompact ? "is-compact" : ""}`}>
      <p class="hidden" id="tl-help">
        Arrow keys go to spans beside, around and inside of the selected one, with Alt to the tracks
        above and below; W and S zoom, A and D move. Show as table lists what is in view.
      </p>
      <CompareNote stage={stage} />
      {stage.notes.map((note) => (
        <div key={note} class="tl-note-line soft" role="note">
          {labelText(note, 300)}
        </div>
      ))}
      <Toolbar
        actions={actions}
        notes={notes}
        prefs={prefs}
        hidden={rows.hidden}
        hasB={stage.sides.length > 1}
        selection={selection}
        found={found}
        rangeSpans={range.value?.spans ?? null}
      />
      <FunctionBar stage={stage} actions={actions} prefs={prefs} />
      <Minimap stage={stage} actions={actions} paints={paints} />
      {frameBars.map(({ data, set: shown, rows: kept }) => (
        <FrameBar
          key={data.side}
          data={data}
          set={shown}
          top={top}
          stage={stage}
          actions={actions}
          paints={paints}
          rows={kept}
        />
      ))}
      <RulerBar stage={stage} actions={actions} paints={paints} />
      <NotesStrip stage={stage} actions={actions} notes={notes} />
      {problem !== null && problem.kind !== "gone" && (
        <ProblemNote problem={problem} again={() => stage.retry()} />
      )}
      <Split
        label="Height of the tracks"
        direction="rows"
        share={0.6}
        first={<div class="tl-panes">{panes}</div>}
        second={
          prefs.isTable || prefs.isNotes || state.event !== "" || prefs.selected !== null ? (
            <div class="tl-below">
              {prefs.isNotes && <NotesList stage={stage} notes={notes} />}
              {prefs.isTable && <SceneTable rows={table} actions={actions} />}
              <Drawer stage={stage} actions={actions} prefs={prefs} event={event} />
            </div>
          ) : null
        }
      />
      <TimelineTip stage={stage} scenes={scenes} />
    </div>
  );
}

// What is to come into view may be folded away.
function useUnfold(stage: Stage, actions: Actions, rows: Rows): void {
  const reveal = stage.reveal.value;
  useEffect(() => {
    if (reveal === null) return;
    const { side, track } = reveal;
    if (placeOfTrack([...rows.pinned, ...rows.rows], side, track, 0) !== null) return;
    const section = stage
      .sideOf(side)
      ?.sections.find(({ items }) =>
        items.some(({ tracks }) => tracks.some(({ id }) => id === track)),
      );
    const item = section?.items.find(({ tracks }) => tracks.some(({ id }) => id === track));
    if (section === undefined || item === undefined) return;
    const key = sideKey(side, item.key);
    const isShown = rows.rows.some((row) => row.key === key);
    actions.toggle("toggled", isShown ? key : sideKey(side, section.key));
  }, [reveal]);
}

// The filters of threads and processes as ids of A's threads; none: all.
function threadsShown(stage: Stage, state: State): readonly number[] {
  const { threads, processes } = stage.sides[0]?.timeline ?? { threads: [], processes: [] };
  if (state.process === "") return state.threads;
  const matches = globMatcher(state.process);
  const wanted = new Set(
    processes
      .filter(({ name, pid }) => matches(name) || state.process === `${pid}`)
      .map(({ id }) => id),
  );
  const shown = threads
    .filter(
      ({ id, process }) =>
        wanted.has(process) && (state.threads.length === 0 || state.threads.includes(id)),
    )
    .map(({ id }) => id);
  // An id that no thread has: nothing, which is not the same as all.
  return shown.length > 0 ? shown : [-1];
}

function clearedTracks(state: State) {
  return withPrefs(state, { filter: "", hideEmpty: false });
}

// Fetches what is known of the selected event, and says it.
function useSelected(stage: Stage) {
  const app = useApp();
  const state = app.store.state.value;
  const name = useMemo(() => eventFrom(state.event), [state.event]);
  const id = name === null ? undefined : stage.sideOf(name.side)?.id;
  const event = useAnswer<EventDetails>(
    "event",
    name === null || id === undefined ? null : { a: id, track: name.track, event: name.event },
  );
  useEffect(() => {
    if (name === null) stage.selected.value = null;
    else if (event.value !== null && !event.isStale) {
      const details = event.value;
      stage.selected.value = { ...name, details };
      const where = details.thread ? `, on ${labelText(details.thread.name, 60)}` : "";
      app.say(
        `${titleOf(details)}, ${durationText(details.duration)}${where}, at ${durationText(details.start)}`,
      );
    }
  }, [stage, name, event.value, event.isStale]);
  return event;
}

function useSelection(stage: Stage) {
  const { store } = useApp();
  const state = store.state.value;
  const event = useComputed(() => stage.selected.value?.details ?? null).value;
  return useMemo(() => {
    const { selected } = prefsOf(state);
    if (selected !== null) return selected;
    return event === null || state.event === "" ? null : rangeOf(event.start, event.end);
  }, [state.more, state.event, event]);
}

function useTileProblem(stage: Stage) {
  const { client } = useApp();
  return useComputed(() => {
    void stage.tilesTurn.value;
    // A report file holds some levels of detail only: the coarser one is shown, which is no fault.
    if (client.isFile) return null;
    return stage.sides.find(({ tiles }) => tiles.problem !== null)?.tiles.problem ?? null;
  }).value;
}

// What of two recordings cannot be held side by side, and why.
function CompareNote({ stage }: { stage: Stage }) {
  const [one, two] = stage.sides;
  const lacking = useMemo(
    () => (one === undefined || two === undefined ? null : unmatched(one.sections, two.sections)),
    [one, two],
  );
  if (one === undefined || two === undefined || lacking === null) return null;
  const names = (titles: readonly string[]): string => {
    const shown = titles.slice(0, 3).map((title) => labelText(title, 30));
    return `${shown.join(", ")}${titles.length > 3 ? ` and ${countText(titles.length - 3)} more` : ""}`;
  };
  const parts = [
    lacking.onlyA.length > 0 ? `only in A: ${names(lacking.onlyA)}` : "",
    lacking.onlyB.length > 0 ? `only in B: ${names(lacking.onlyB)}` : "",
    one.timeline.frames.length > 0 !== two.timeline.frames.length > 0
      ? "frames are in one of them only"
      : "",
  ].filter((part) => part !== "");
  const lengths = `A took ${durationText(one.timeline.end)}, B ${durationText(two.timeline.end)}; both begin at 0.`;
  return (
    <div class="tl-compare" role="note">
      <b>A and B.</b> <span>{lengths}</span>
      {parts.length > 0 && <span class="soft"> Without a counterpart: {parts.join("; ")}.</span>}
    </div>
  );
}
