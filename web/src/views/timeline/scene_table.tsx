// What is in view, in rows: for who cannot see the canvas, and for who wants to read numbers.

import { countText, durationText, momentText, valueText } from "../../base/format";
import { labelText } from "../../base/label";
import { lengthText, type Scene } from "../../layout/scene";
import { sliceFlags } from "../../model/tile";
import { eventText, noEvent } from "../../model/timeline_types";
import { type Column, DataTable } from "../../widgets/data_table";
import { useApp } from "../../widgets/app_context";
import type { Actions } from "./actions";

export interface SceneRow {
  readonly key: string;
  readonly event: string; // of the address; "": none
  readonly track: string;
  readonly kind: string;
  readonly name: string;
  readonly start: number;
  readonly grain: number; // ns to which times are known
  readonly length: string;
  readonly count: number;
  readonly value: string;
}

const rowsMax = 20_000;

export function rowsOfScene(scenes: readonly (Scene | null)[]): readonly SceneRow[] {
  const out: SceneRow[] = [];
  for (const scene of scenes) {
    if (scene === null) continue;
    const { bars, lanes, bands } = scene;
    for (let i = 0; i < bars.count && out.length < rowsMax; i += 1) {
      const lane = lanes[bars.lane[i] ?? 0];
      if (lane === undefined) continue;
      const { side, track } = lane.lane;
      const event = bars.event[i] ?? noEvent;
      const isMoment = ["samples", "core", "messages"].includes(track.kind) && bars.events[i] === 1;
      const start = bars.start[i] ?? 0;
      const isFolded = ((bars.flags[i] ?? 0) & sliceFlags.folded) !== 0;
      out.push({
        key: `${side}${track.id}/${bars.depth[i]}/${start}`,
        event: event === noEvent ? "" : eventText({ side, track: track.id, event }),
        track: lane.row.title,
        kind: track.kind,
        name: bars.names[i] ?? "",
        start,
        grain: bars.grain[i] ?? 1,
        // A sample and a message are moments.
        length: isMoment ? "" : isFolded ? `in ${lengthText(bars, i)}` : lengthText(bars, i),
        count: bars.events[i] ?? 1,
        value: "",
      });
    }
    for (const band of bands) {
      const lane = lanes[band.lane];
      const last = band.last.length - 1;
      if (lane === undefined || last < 0) continue;
      const { side, track } = lane.lane;
      const unit = track.unit ?? "";
      const low = band.min.reduce((a, b) => Math.min(a, b), Infinity);
      const high = band.max.reduce((a, b) => Math.max(a, b), -Infinity);
      out.push({
        key: `${side}${track.id}`,
        event: "",
        track: lane.row.title,
        kind: track.kind,
        name: track.name,
        start: scene.view.from,
        grain: 1_000,
        length: durationText(scene.view.to - scene.view.from),
        count: band.events.reduce((a, b) => a + b, 0),
        value: `${valueText(low, unit)} to ${valueText(high, unit)}, last ${valueText(band.last[last] ?? 0, unit)}`,
      });
    }
  }
  return out;
}

const columns: readonly Column<SceneRow>[] = [
  {
    id: "track",
    title: "Track",
    width: "minmax(8rem, 14rem)",
    cell: (row) => <bdi>{labelText(row.track, 60)}</bdi>,
  },
  { id: "kind", title: "Kind", width: "6rem", cell: (row) => row.kind },
  {
    id: "name",
    title: "Name",
    width: "minmax(12rem, 1fr)",
    cell: (row) => <bdi>{labelText(row.name, 120)}</bdi>,
  },
  {
    id: "start",
    title: "Start",
    width: "9rem",
    isNumber: true,
    cell: (row) => momentText(row.start, row.grain),
  },
  {
    id: "length",
    title: "Length",
    width: "10rem",
    isNumber: true,
    cell: (row) => row.length,
  },
  {
    id: "count",
    title: "Events",
    width: "6rem",
    isNumber: true,
    cell: (row) => countText(row.count),
  },
  { id: "value", title: "Values", width: "minmax(8rem, 18rem)", cell: (row) => row.value },
];

export function SceneTable({ rows, actions }: { rows: readonly SceneRow[]; actions: Actions }) {
  const { store } = useApp();
  const state = store.state.value;
  const selected = rows.find(({ event }) => event !== "" && event === state.event);
  return (
    <div class="tl-table">
      <DataTable
        label="What is in view on the timeline"
        columns={columns}
        rows={rows}
        rowKey={(row) => row.key}
        {...(selected === undefined ? {} : { selected: selected.key })}
        onSelect={(row) => {
          if (row.event !== "") store.set({ event: row.event }, true);
        }}
        onOpen={() => actions.fit()}
      />
    </div>
  );
}
