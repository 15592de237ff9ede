// At the bottom: what is known of the selection.

import { durationText } from "../../base/format";
import { labelText } from "../../base/label";
import type { Prefs } from "../../model/timeline_prefs";
import { useApp } from "../../widgets/app_context";
import { ProblemNote } from "../../widgets/states";
import type { Answer } from "../../widgets/use_answer";
import type { EventDetails } from "../../model/timeline_types";
import type { Actions } from "./actions";
import { EventView, titleOf } from "./event_view";
import { RangeView } from "./range_view";
import type { Stage } from "./stage";

export interface DrawerProps {
  readonly stage: Stage;
  readonly actions: Actions;
  readonly prefs: Prefs;
  readonly event: Answer<EventDetails>;
}

export function Drawer({ stage, actions, prefs, event }: DrawerProps) {
  const { store } = useApp();
  const state = store.state.value;
  const selected = stage.selected.value;
  const hasEvent = state.event !== "";
  if (!hasEvent && prefs.selected === null) return null;
  const title =
    prefs.selected !== null
      ? `Selected ${durationText(prefs.selected.to - prefs.selected.from)}`
      : selected === null
        ? "Selection"
        : titleOf(selected.details);
  return (
    <section class="tl-drawer" aria-label="Details of the selection">
      <div class="tl-drawer-head">
        <h2 class="tl-drawer-title">
          <bdi>{title}</bdi>
        </h2>
        {hasEvent && selected !== null && (
          <span class="soft tl-name">
            {selected.side === "b" ? "B · " : ""}
            {selected.details.kind}
            {selected.details.thread ? ` on ${labelText(selected.details.thread.name, 60)}` : ""}
          </span>
        )}
        <span class="grow" />
        <button
          type="button"
          class="small plain"
          title="Clear the selection (Esc)"
          onClick={() => actions.select(null)}
        >
          Clear
        </button>
      </div>
      <div class={`tl-drawer-body ${event.isStale ? "is-stale" : ""}`}>
        {hasEvent && event.problem !== null && (
          <ProblemNote problem={event.problem} again={event.again} />
        )}
        {hasEvent && selected !== null && (
          <EventView selected={selected} stage={stage} actions={actions} />
        )}
        {!hasEvent && prefs.selected !== null && (
          <RangeView range={prefs.selected} stage={stage} actions={actions} prefs={prefs} />
        )}
      </div>
    </section>
  );
}
