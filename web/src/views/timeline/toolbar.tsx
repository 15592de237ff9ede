// Everything that keys do here, to be seen and clicked.

import { countText, durationText } from "../../base/format";
import type { Range } from "../../base/time";
import type { Prefs } from "../../model/timeline_prefs";
import { useApp } from "../../widgets/app_context";
import type { Actions } from "./actions";
import type { FoundCounts } from "./found";
import type { Notes } from "./use_notes";

export interface ToolbarProps {
  readonly actions: Actions;
  readonly notes: Notes;
  readonly prefs: Prefs;
  readonly hidden: number;
  readonly hasB: boolean;
  readonly selection: Range | null;
  readonly found: FoundCounts | null;
  readonly rangeSpans: number | null;
}

export function Toolbar(props: ToolbarProps) {
  const { actions, prefs, selection } = props;
  const { store, keys } = useApp();
  const state = store.state.value;
  const press = (
    name: "isCompact" | "hideEmpty" | "isBeside" | "isTable",
    text: string,
    hint: string,
  ) => (
    <button
      type="button"
      class="small"
      aria-pressed={prefs[name]}
      title={hint}
      onClick={() => actions.set({ [name]: !prefs[name] })}
    >
      {text}
    </button>
  );
  return (
    <div class="toolbar tl-toolbar" role="toolbar" aria-label="Timeline">
      <input
        type="search"
        class="tl-filter"
        placeholder="Filter tracks"
        aria-label="Only tracks whose name has"
        value={prefs.filter}
        onInput={(event) => actions.set({ filter: event.currentTarget.value }, true)}
      />
      {press("hideEmpty", "Hide empty", "Leave out tracks without events")}
      {press("isCompact", "Compact", "Lower rows")}
      {props.hasB && press("isBeside", "B beside each track", "Each track of B below the one of A")}
      {props.hidden > 0 && <span class="soft">{countText(props.hidden)} hidden</span>}
      <span class="tl-group">
        <button
          type="button"
          class="small"
          title={keys.hint("Zoom out", "zoom.out")}
          aria-label="Zoom out"
          onClick={() => actions.zoom(2)}
        >
          −
        </button>
        <button
          type="button"
          class="small"
          title={keys.hint("Zoom in", "zoom.in")}
          aria-label="Zoom in"
          onClick={() => actions.zoom(0.5)}
        >
          +
        </button>
        <button
          type="button"
          class="small"
          title={keys.hint("Show all", "all")}
          onClick={() => actions.all()}
        >
          All
        </button>
        <button
          type="button"
          class="small"
          title={keys.hint("Fit the selection", "fit")}
          disabled={selection === null}
          onClick={() => actions.fit()}
        >
          Fit
        </button>
      </span>
      <button
        type="button"
        class="small"
        title={keys.hint("A note on what is selected, else on the middle of the window", "note")}
        onClick={() => props.notes.write()}
      >
        Note
      </button>
      {selection !== null && <Measure {...props} selection={selection} />}
      <span class="grow" />
      {state.search !== "" && (
        <span class="tl-group" role="status">
          <span class="tl-found">
            {props.found === null ? "searching" : foundText(props.found)}
          </span>
          <button
            type="button"
            class="small"
            aria-label="The match before"
            title="The match before (Shift+Enter in the search box)"
            onClick={() => void actions.find("previous")}
          >
            ‹
          </button>
          <button
            type="button"
            class="small"
            aria-label="The next match"
            title="The next match (Enter in the search box)"
            onClick={() => void actions.find("next")}
          >
            ›
          </button>
        </span>
      )}
      {press("isTable", "Show as table", "What is in view, in rows")}
    </div>
  );
}

function foundText({ a, b }: FoundCounts): string {
  if (b === null) return `${countText(a)} found`;
  return `${countText(a)} found in A, ${countText(b)} in B`;
}

// The selected stretch: how long, how much is in it, and what is done with it.
function Measure(props: ToolbarProps & { selection: Range }) {
  const { keys } = useApp();
  const { selection, prefs, actions } = props;
  const length = selection.to - selection.from;
  return (
    <span class="tl-group tl-measure" role="group" aria-label="Selection">
      <span class="number">
        {durationText(length)}
        {length > 0 && <span class="soft"> = {frequencyText(1e9 / length)}</span>}
        {prefs.selected !== null && props.rangeSpans !== null && (
          <span class="soft"> · {countText(props.rangeSpans)} spans</span>
        )}
      </span>
      <button
        type="button"
        class="small"
        title={keys.hint("Every page shows this stretch only", "range")}
        onClick={() => actions.filterToSelection()}
      >
        Filter to it
      </button>
    </span>
  );
}

export function frequencyText(hertz: number): string {
  for (const [scale, unit] of [
    [1e9, "GHz"],
    [1e6, "MHz"],
    [1e3, "kHz"],
  ] as const) {
    if (hertz >= scale * 0.9995) return `${Number((hertz / scale).toPrecision(3))} ${unit}`;
  }
  return `${Number(hertz.toPrecision(3))} Hz`;
}
