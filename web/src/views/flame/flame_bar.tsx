// The bar above the picture: what is weighed, how it is laid out and painted.

import { countText, percentText, valueText } from "../../base/format";
import { shownText } from "../../base/text";
import { useApp } from "../../widgets/app_context";
import { Chooser, Choices, Toggle } from "../../widgets/choice";
import { type Weights, WeightMenu } from "../../widgets/weight_menu";
import { categories } from "./flame_colors";
import { colorings, type FlameSettings, groups, modes, withSetting } from "./flame_question";
import type { TimeThread } from "./flame_thread";
import type { Matches } from "../../layout/flame_search";

export function FlameBar(props: {
  weights: Weights | null;
  settings: FlameSettings;
  thread: TimeThread;
}) {
  const { store, keys } = useApp();
  const state = store.state.value;
  const { settings } = props;
  const isCompared = state.b !== null;
  const set = (name: string, value: string): void => store.set(withSetting(state, name, value));
  return (
    <div class="toolbar">
      <WeightMenu
        weights={props.weights}
        value={state.weight}
        onChoose={(weight) => store.set({ weight })}
      />
      <Choices
        label="Layout"
        value={settings.mode}
        choices={modes.map((mode) => ({ ...mode, hint: keys.hint(mode.hint, `mode.${mode.id}`) }))}
        onChoose={(mode) =>
          store.set({
            mode: mode === "left" ? "" : mode,
            root: [],
            ...withSetting(state, "time", ""),
          })
        }
      />
      {settings.mode === "time" && (
        <ThreadChooser thread={props.thread} onChoose={(id) => set("thread", id)} />
      )}
      <Chooser
        label="By"
        value={settings.group}
        choices={groups}
        onChoose={(group) => store.set({ ...withSetting(state, "group", group), root: [] })}
      />
      <Chooser
        label="Colour"
        value={settings.coloring}
        choices={colorings.map((one) => ({
          ...one,
          isOff:
            (one.id === "delta" && !isCompared) ||
            (one.id === "category" && (settings.group === "line" || settings.group === "module")),
        }))}
        onChoose={(id) => set("color", id)}
      />
      <Toggle
        says="Invert"
        hint={keys.hint(
          "Begin with the hot functions, their callers below: another tree",
          "invert",
        )}
        isOn={state.invert}
        isOff={settings.mode !== "left"}
        onChange={(invert) => store.set({ invert, root: [] })}
      />
      <Toggle
        says="Root below"
        hint="The same picture upside down, the root at the bottom: a flame instead of icicles"
        isOn={settings.isUp}
        isOff={settings.mode === "sandwich"}
        onChange={(on) => set("up", on ? "1" : "")}
      />
      <Toggle
        says="As a table"
        hint="The same frames as rows"
        isOn={settings.isTable}
        onChange={(on) => set("table", on ? "1" : "")}
      />
    </div>
  );
}

// Of two recordings: what a width stands for.
export function CompareBar({ settings }: { settings: FlameSettings }) {
  const { store } = useApp();
  const state = store.state.value;
  if (state.b === null) return null;
  return (
    <>
      <span class="legend">
        <span class="soft">Width</span>
        <Choices
          label="Width"
          value={settings.side}
          choices={[
            { id: "a", says: "A", hint: "Widths are what A has" },
            { id: "b", says: "B", hint: "Widths are what B has" },
            { id: "both", says: "A + B", hint: "Widths are both together: nothing is missing" },
          ]}
          onChoose={(side) => store.set(withSetting(state, "width", side))}
        />
      </span>
      <Choices
        label="Compared by"
        value={state.per}
        choices={[
          { id: "share", says: "Shares", hint: "Of each side's own whole" },
          { id: "total", says: "Totals", hint: "As measured: longer recordings have more" },
        ]}
        onChoose={(per) => store.set({ per })}
      />
    </>
  );
}

function ThreadChooser(props: { thread: TimeThread; onChoose: (id: string) => void }) {
  return (
    <Chooser
      label="Thread"
      value={props.thread.id}
      choices={props.thread.threads.map(({ id, tid, name }) => ({
        id: `${id}`,
        says: `${shownText(name, 40)} (${tid})`,
      }))}
      onChoose={props.onChoose}
    />
  );
}

// What the colours stand for.
export function Legend(props: {
  settings: FlameSettings;
  most: number;
  unit: string;
  isShare: boolean;
}) {
  const { coloring } = props.settings;
  if (coloring === "delta") {
    const most = valueText(props.most, props.isShare ? "share" : props.unit);
    return (
      <span class="legend" aria-label={`Blue: B has less, orange: B has more, up to ${most}`}>
        <span class="value">−{most}</span>
        <span class="legend-delta" aria-hidden="true" />
        <span class="value">+{most}</span>
        <span class="soft">in B</span>
      </span>
    );
  }
  if (coloring === "self") {
    return (
      <span class="legend">
        <span class="soft">self</span>
        <span>0</span>
        <span class="legend-heat" aria-hidden="true" />
        <span class="value">{valueText(props.most, props.unit)}</span>
      </span>
    );
  }
  if (coloring !== "category") return null;
  return (
    <span class="legend">
      {categories.map(({ id, says }) => (
        <span key={id}>
          <i class={`legend-swatch is-${id}`} aria-hidden="true" /> {says}
        </span>
      ))}
    </span>
  );
}

export function MatchText(props: {
  matches: Matches | null;
  text: string;
  weight: string;
  found: number;
}) {
  if (props.text === "" || props.matches === null) return null;
  const { keys, share } = props.matches;
  if (keys.size === 0) return <span role="status">Nothing is named like that</span>;
  return (
    <span role="status">
      <b class="matched">{percentText(share)}</b> of {props.weight} is in {countText(keys.size)}{" "}
      {keys.size === 1 ? "function" : "functions"} found
      {props.found > 0 && (
        <span class="soft"> · Enter: next of {countText(props.found)} frames</span>
      )}
    </span>
  );
}
