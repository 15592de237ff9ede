// The name of a row, and what can be done with it.

import { countText } from "../../base/format";
import { labelText } from "../../base/label";
import type { Row } from "../../layout/rows";
import { useApp } from "../../widgets/app_context";
import type { Actions } from "./actions";
import type { Stage } from "./stage";

const laneNames: Readonly<Record<string, string>> = {
  state: "state",
  samples: "samples",
  spans: "spans",
  async: "async",
  messages: "messages",
};

export function RowHead({ row, actions, stage }: { row: Row; actions: Actions; stage: Stage }) {
  const title = labelText(row.title, 120);
  const events = row.lanes.reduce((sum, lane) => sum + lane.track.events, 0);
  const style = { top: `${row.top}px`, height: `${row.height}px` };
  if (row.kind !== "tracks") {
    return (
      <div class={`tl-head is-${row.kind}`} style={style} data-row={row.key}>
        <FoldButton row={row} actions={actions} title={title} />
        {row.note !== "" && <span class="soft">{row.note}</span>}
      </div>
    );
  }
  const hint = `${title}${row.note === "" ? "" : ` ${row.note}`}: ${countText(events)} events`;
  return (
    <div
      class={`tl-head is-tracks ${row.side === "b" ? "is-b" : ""}`}
      style={style}
      data-row={row.key}
      title={hint}
      draggable={true}
      onDragStart={(event) => event.dataTransfer?.setData("text/hone-row", row.key)}
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes("text/hone-row")) event.preventDefault();
      }}
      onDrop={(event) => {
        const key = event.dataTransfer?.getData("text/hone-row") ?? "";
        if (key === "" || key === row.key) return;
        event.preventDefault();
        move(actions, key, row.place);
      }}
    >
      <div class="tl-head-line">
        {stage.sides.length > 1 && <b class="tl-side">{row.side.toUpperCase()}</b>}
        {row.canFold ? (
          <FoldButton row={row} actions={actions} title={title} />
        ) : (
          <bdi class="tl-name">{title}</bdi>
        )}
        {row.note !== "" && <span class="tl-note soft">{row.note}</span>}
        <RowButtons row={row} actions={actions} title={title} stage={stage} />
      </div>
      {row.lanes.length > 1 &&
        row.lanes.map((lane) =>
          lane.top < 22 || lane.height < 11 ? null : (
            <span key={lane.track.id} class="tl-lane-name" style={{ top: `${lane.top}px` }}>
              {laneNames[lane.track.kind] ?? lane.track.kind}
              {lane.depths < lane.track.depth && lane.depths > 1
                ? ` (${lane.track.depth - lane.depths} deeper)`
                : ""}
            </span>
          ),
        )}
    </div>
  );
}

function move(actions: Actions, key: string, to: number): void {
  const moves = actions.prefs.moves.filter((one) => one.key !== key);
  actions.set({ moves: [...moves, { key, to: Math.max(0, to) }] });
}

function FoldButton({ row, actions, title }: { row: Row; actions: Actions; title: string }) {
  return (
    <button
      type="button"
      class="tl-fold"
      aria-expanded={!row.isFolded}
      onClick={() => actions.toggle("toggled", row.key)}
    >
      <i aria-hidden="true">{row.isFolded ? "▸" : "▾"}</i>
      <bdi class="tl-name">{title}</bdi>
    </button>
  );
}

function RowButtons({
  row,
  actions,
  title,
  stage,
}: {
  row: Row;
  actions: Actions;
  title: string;
  stage: Stage;
}) {
  const { store, keys } = useApp();
  const { threads } = store.state.value;
  const { thread } = row;
  const isOnly = thread !== null && threads.length === 1 && threads[0] === thread;
  return (
    <span class="tl-row-buttons">
      {row.siblings > 1 && (
        <>
          <button
            type="button"
            title="Up"
            aria-label={`Move ${title} up`}
            disabled={row.place === 0}
            onClick={() => move(actions, row.key, row.place - 1)}
          >
            ↑
          </button>
          <button
            type="button"
            title="Down"
            aria-label={`Move ${title} down`}
            disabled={row.place === row.siblings - 1}
            onClick={() => move(actions, row.key, row.place + 1)}
          >
            ↓
          </button>
        </>
      )}
      {thread !== null && row.side === "a" && (
        <button
          type="button"
          title="Every page shows this thread only"
          aria-label={`Filter every page by the thread ${title}`}
          aria-pressed={isOnly}
          onClick={() => {
            stage.hover.value = null;
            store.set({ threads: isOnly ? [] : [thread] });
          }}
        >
          ◉
        </button>
      )}
      <button
        type="button"
        title={keys.hint(row.isPinned ? "Unpin" : "Pin to the top", "pin")}
        aria-label={`Pin ${title} to the top`}
        aria-pressed={row.isPinned}
        onClick={() => actions.toggle("pins", row.key)}
      >
        {row.isPinned ? "★" : "☆"}
      </button>
    </span>
  );
}
