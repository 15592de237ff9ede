// Where one is: what was zoomed into, and what was done to the graph, each to be taken back.

import { countText, durationText, valueText } from "../../base/format";
import { formLimit, nameForms, shownText } from "../../base/text";
import { rangeOf } from "../../base/time";
import { type FlameTree, keysTo, nameOf, pathOf } from "../../layout/flame_tree";
import { useApp } from "../../widgets/app_context";
import { withSetting } from "./flame_question";
import { chipText, withoutTransform } from "./flame_transforms";

const crumbsMost = 6;

interface CrumbsProps {
  readonly tree: FlameTree;
  readonly root: number;
  readonly unit: string;
  readonly counted: string; // "samples"
}

export function Breadcrumbs({ tree, root, unit, counted }: CrumbsProps) {
  const { store } = useApp();
  const path = pathOf(tree, root);
  const whole = valueText(tree.total[0] ?? 0, unit);
  if (path.length === 0) {
    return (
      <span class="crumbs soft value">
        {tree.totalB === null ? "All: " : "All: A "}
        {whole} in {countText(tree.samples[0] ?? 0)} {counted}
        {tree.totalB !== null && ` · B ${valueText(tree.totalB[0] ?? 0, unit)}`}
        {tree.samplesB !== null && ` in ${countText(tree.samplesB[0] ?? 0)}`}
      </span>
    );
  }
  const shown = path.slice(-crumbsMost);
  const hidden = path.length - shown.length;
  return (
    <nav class="crumbs" aria-label="Zoomed into">
      <button
        type="button"
        class="small"
        title="Zoom out to everything"
        onClick={() => store.set({ root: [] })}
      >
        All
      </button>
      {hidden > 0 && <span class="soft">› {hidden} more</span>}
      {shown.map((row, i) => {
        const whole = nameOf(tree, row).slice(0, formLimit);
        const name = shownText(whole, 400);
        const brief = shownText(nameForms(whole)[1] ?? whole);
        const isLast = i === shown.length - 1;
        return (
          <span key={row} class="crumb">
            <span class="soft" aria-hidden="true">
              ›
            </span>
            <button
              type="button"
              class="small plain"
              title={name}
              aria-current={isLast ? "location" : undefined}
              onClick={() => store.set({ root: keysTo(tree, row) })}
            >
              {shownText(brief, 60)}
            </button>
          </span>
        );
      })}
      <button
        type="button"
        class="small"
        title="Zoom out by one (Backspace)"
        onClick={() => store.set({ root: store.state.value.root.slice(0, -1) })}
      >
        Out
      </button>
    </nav>
  );
}

// In the order of time a stretch is zoomed into, not a path.
export function TimeCrumb({ time, tree }: { time: string; tree: FlameTree | null }) {
  const { store } = useApp();
  const state = store.state.value;
  const [from, to] = time.split("-").map(Number);
  if (from === undefined || to === undefined || time === "") {
    const begin = tree?.x[0] ?? 0;
    return (
      <span class="crumbs soft value">
        {tree !== null &&
          `${durationText(begin)} to ${durationText(begin + (tree.total[0] ?? 0))}. `}
        {state.b !== null && "This is A: B has a time of its own. "}
        Click a frame to zoom to its time.
      </span>
    );
  }
  return (
    <nav class="crumbs" aria-label="Zoomed into">
      <button
        type="button"
        class="small"
        title="Zoom out (Backspace)"
        onClick={() => store.set(withSetting(state, "time", ""))}
      >
        All
      </button>
      <span class="value">
        › {durationText(from)} to {durationText(to)} ({durationText(to - from)})
      </span>
      <button
        type="button"
        class="small"
        title="Filter every page by this time"
        onClick={() => store.set({ range: rangeOf(from, to), ...withSetting(state, "time", "") })}
      >
        Filter by it
      </button>
    </nav>
  );
}

export function TransformChips({ nameOfKey }: { nameOfKey: (key: string) => string }) {
  const { store, keys } = useApp();
  const undo = keys.label("undo");
  const state = store.state.value;
  if (state.transforms.length === 0) return null;
  return (
    <div class="flame-chips" role="group" aria-label="What was done to the graph">
      {state.transforms.map((text, i) => {
        const says = shownText(chipText(text, nameOfKey), 200);
        return (
          <span key={text} class="chip">
            <span title={says}>{says}</span>
            <button
              type="button"
              aria-label={`Take back: ${says}`}
              onClick={() => store.set(withoutTransform(state, i))}
            >
              ×
            </button>
          </span>
        );
      })}
      <button
        type="button"
        class="small plain"
        onClick={() => store.set({ transforms: [], root: [] })}
      >
        Take all back
      </button>
      {undo !== "" && <span class="soft">{undo} takes back the last</span>}
    </div>
  );
}
