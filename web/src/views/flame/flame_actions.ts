// What can be done with a frame: for the menu, the bar and the keys alike.

import { baseName, shownText } from "../../base/text";
import {
  type FlameTree,
  has,
  keyOf,
  keysTo,
  moduleOf,
  nameOf,
  nodeFlag,
} from "../../layout/flame_tree";
import type { App } from "../../widgets/app_context";
import { functionActions, timelineAction } from "../../widgets/function_actions";
import type { Action } from "../../widgets/menu";
import { type Operation, withTransform } from "./flame_transforms";
import { settingsOf, withSetting } from "./flame_question";

// Into a frame; of what stands for many small ones, into their caller, where they are drawn each.
// In a sandwich there is no zoom: the frame becomes the middle.
export function open(app: App, tree: FlameTree, row: number): void {
  const state = app.store.state.value;
  const isFold = has(tree, row, nodeFlag.folded);
  const to = isFold ? (tree.parent[row] ?? 0) : row;
  const { mode } = settingsOf(state);
  if (mode === "time") {
    // The stretch of time itself is zoomed to, for which the server knows more than was drawn.
    const from = Math.floor(tree.x[row] ?? 0);
    const end = Math.ceil(from + (tree.total[row] ?? 0));
    app.store.set(withSetting(state, "time", row === 0 ? "" : `${from}-${end}`));
  } else if (mode === "sandwich") {
    if (to > 0) app.store.set({ key: keyOf(tree, to) });
  } else {
    app.store.set({ root: keysTo(tree, to), key: to > 0 ? keyOf(tree, to) : state.key });
  }
}

export function zoomOut(app: App): void {
  const state = app.store.state.value;
  const { root } = state;
  if (settingsOf(state).mode === "time") app.store.set(withSetting(state, "time", ""));
  else if (root.length > 0) app.store.set({ root: root.slice(0, -1) });
}

export function actionsOf(app: App, tree: FlameTree, row: number): readonly Action[] {
  const { store } = app;
  const state = store.state.value;
  const { group, mode } = settingsOf(state);
  const isNone = row <= 0 || has(tree, row, nodeFlag.folded);
  const key = isNone ? "" : keyOf(tree, row);
  const module = moduleOf(tree, row);
  const name = shownText(nameOf(tree, row), 60);
  const transform = (operation: Operation, of: string): void => {
    store.set(withTransform(store.state.value, operation, of));
    app.say(`${operation} ${operation === "collapse-module" ? of : name}`);
  };
  const isSpan = state.weight === "spans" || state.weight === "gpu";
  const isFunction = !isNone && (group === "function" || group === "thread");
  return [
    {
      id: "flame.enter",
      says: mode === "sandwich" ? "Make it the middle" : "Zoom in",
      isOff: row < 0,
      act: () => open(app, tree, row),
    },
    {
      id: "flame.focus",
      says: "Focus",
      hint: "Only stacks through it, from it on",
      isOff: isNone,
      act: () => transform("focus", key),
    },
    {
      id: "flame.merge",
      says: "Merge",
      hint: "Its frames go into their callers",
      isOff: isNone,
      act: () => transform("merge", key),
    },
    {
      id: "flame.drop",
      says: "Drop",
      hint: "Samples with it are left out",
      isOff: isNone,
      act: () => transform("drop", key),
    },
    {
      id: "flame.collapse",
      says: "Fold callees",
      hint: "What it calls goes into it",
      isOff: isNone,
      act: () => transform("collapse", key),
    },
    {
      id: "flame.module",
      says: "Fold library",
      hint: `All frames of ${shownText(baseName(module), 60)} that follow each other become one`,
      isOff: isNone || module === "",
      act: () => transform("collapse-module", module),
    },
    {
      id: "flame.recursion",
      says: "Fold recursion",
      hint: "Calls of itself become one",
      isOff: isNone,
      act: () => transform("collapse-recursion", key),
    },
    {
      id: "mode.sandwich",
      says: "Callers and callees",
      hint: "A sandwich: callers above, callees below",
      isOff: isNone,
      act: () => store.set({ mode: "sandwich", key, root: [] }),
    },
    ...functionActions(app, key, ["source", "row"], !isFunction),
    timelineAction(app, { key, span: isSpan ? nameOf(tree, row) : null }, !isFunction),
  ];
}
