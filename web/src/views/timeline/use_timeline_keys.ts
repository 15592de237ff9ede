// The timeline's keys, by the ids of model/keys.

import { useEffect } from "preact/hooks";
import { type FrameRows, slowFrame } from "../../layout/frame_columns";
import { rangeOf } from "../../base/time";
import { durationText } from "../../base/format";
import type { Scene } from "../../layout/scene";
import { type EventName, type FrameSet, noEvent } from "../../model/timeline_types";
import { useApp } from "../../widgets/app_context";
import type { Actions } from "./actions";
import { slowAbove } from "./frame_bar";
import type { Stage } from "./stage";
import type { Notes } from "./use_notes";

const panShare = 0.12;

export interface KeyInput {
  readonly stage: Stage;
  readonly actions: Actions;
  readonly notes: Notes;
  readonly scenes: readonly { current: Scene | null }[];
  readonly frames: { current: FrameRows | null };
  readonly set: FrameSet | null;
}

// The event nearest to the middle of a lane that can be walked; `skip` lanes down from the
// selected.
export function nearestIn(scene: Scene, laneIndex: number): EventName | null {
  const { bars, scale } = scene;
  let [best, distance] = [-1, Infinity];
  for (let bar = 0; bar < bars.count; bar += 1) {
    if (bars.lane[bar] !== laneIndex || bars.event[bar] === noEvent) continue;
    const middle = scale.width / 2;
    const left = bars.x[bar] ?? 0;
    const right = bars.right[bar] ?? 0;
    const off =
      (middle < left ? left - middle : middle > right ? middle - right : 0) +
      (bars.depth[bar] ?? 0) * 1e6;
    if (off < distance) [best, distance] = [bar, off];
  }
  const lane = scene.lanes[laneIndex];
  if (best < 0 || lane === undefined) return null;
  return { side: lane.lane.side, track: lane.lane.track.id, event: bars.event[best] ?? noEvent };
}

// What the arrows begin with: the first lane of spans in view, else any lane with events.
export function firstEvent(scenes: readonly (Scene | null)[]): EventName | null {
  for (const kinds of [["spans"], ["async", "gpu"], null]) {
    for (const scene of scenes) {
      if (scene === null) continue;
      for (const [i, { lane }] of scene.lanes.entries()) {
        if (kinds !== null && !kinds.includes(lane.track.kind)) continue;
        const found = nearestIn(scene, i);
        if (found !== null) return found;
      }
    }
  }
  return null;
}

export function useTimelineKeys({ stage, actions, notes, scenes, frames, set }: KeyInput): void {
  const app = useApp();
  useEffect(() => {
    // Which key is held with a letter is not told to handlers: five times as far with Shift.
    let isShift = false;
    const follow = (event: KeyboardEvent): void => {
      isShift = event.shiftKey;
    };
    const far = (): number => (isShift ? 5 : 1);
    const now = (): (Scene | null)[] => scenes.map(({ current }) => current);
    const walk = (to: Parameters<Actions["step"]>[0]) => (): void =>
      void actions.step(to, firstEvent(now()));
    const toTrack = (by: 1 | -1) => (): void => {
      const scene = scenes[scenes.length - 1]?.current ?? null;
      if (scene === null) return;
      const at = stage.selected.peek();
      const here = scene.lanes.findIndex(
        ({ lane }) => at !== null && lane.side === at.side && lane.track.id === at.track,
      );
      for (let i = here < 0 && by < 0 ? scene.lanes.length : here; ;) {
        i += by;
        if (i < 0 || i >= scene.lanes.length) break;
        const found = nearestIn(scene, i);
        if (found !== null) return actions.go(found, null);
      }
      app.say(
        by > 0 ? "No track with events below it in view" : "No track with events above it in view",
      );
    };
    const toFrame = (to: 1 | -1) => (): void => {
      const rows = frames.current;
      if (rows === null || set === null) {
        app.say("There are no frames in this recording");
        return;
      }
      const view = stage.target ?? stage.view.peek();
      const row = slowFrame(rows, (view.from + view.to) / 2, to, slowAbove(set));
      if (row < 0) {
        app.say(to > 0 ? "No slow frame behind this" : "No slow frame before this");
        return;
      }
      const start = rows.start[row] ?? 0;
      const duration = rows.duration[row] ?? 0;
      actions.fitRange(rangeOf(start, start + duration));
      app.say(`Frame ${rows.index[row] ?? 0}, ${durationText(duration)}`);
    };
    const pin = (): void => {
      const row = stage.hover.peek()?.hit?.lane.row;
      const at = stage.selected.peek();
      const scene = now().find((one) =>
        one?.lanes.some(({ lane }) => at !== null && lane.track.id === at.track),
      );
      const key = row?.key ?? scene?.lanes.find(({ lane }) => lane.track.id === at?.track)?.row.key;
      if (key === undefined) app.say("Point at a track, or select something on it");
      else actions.toggle("pins", key);
    };
    window.addEventListener("keydown", follow, true);
    window.addEventListener("keyup", follow, true);
    const release = app.onKeys({
      "zoom.in": () => actions.zoom(0.6 ** far()),
      "zoom.out": () => actions.zoom((1 / 0.6) ** far()),
      "pan.left": () => actions.pan(-panShare * far()),
      "pan.right": () => actions.pan(panShare * far()),
      "step.previous": walk("previous"),
      "step.next": walk("next"),
      "step.parent": walk("parent"),
      "step.child": walk("child"),
      "step.previous-same": walk("previous-same"),
      "step.next-same": walk("next-same"),
      "step.slowest-same": walk("slowest-same"),
      "track.previous": toTrack(-1),
      "track.next": toTrack(1),
      fit: () => actions.fit(),
      all: () => actions.all(),
      range: () => actions.filterToSelection(),
      pin,
      note: () => notes.write(),
      home: () => actions.home(-1),
      end: () => actions.home(1),
      "frame.next": toFrame(1),
      "frame.previous": toFrame(-1),
      "search.next": () => void actions.find("next"),
      "search.previous": () => void actions.find("previous"),
      escape: () => actions.escape(),
    });
    return () => {
      window.removeEventListener("keydown", follow, true);
      window.removeEventListener("keyup", follow, true);
      release();
    };
  }, [app, stage, actions, notes, set]);
}
