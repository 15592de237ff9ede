// Where a function or a span is looked at on another page: one way each, from everywhere.

import { onPage, type State } from "./state";
import { functionOnTimeline } from "./timeline_prefs";

const tabName = "functions.tab"; // of the page Functions; "" is the table

// The flame graph of the stacks through a function, from it on.
export function stacksOf(state: State, key: string, patch: Partial<State> = {}): State {
  return onPage(state, "flame", {
    key,
    transforms: [`focus:${key}`],
    root: [],
    mode: "",
    ...patch,
  });
}

// Callers above, callees below.
export function sandwichOf(state: State, key: string): State {
  return onPage(state, "flame", { key, root: [], mode: "sandwich" });
}

export function sourceOf(state: State, key: string, patch: Partial<State> = {}): State {
  return onPage(state, "source", { key, ...patch });
}

// Its row among all functions, with its callers and callees.
export function rowOf(state: State, key: string): State {
  return onPage(state, "functions", { key, more: { ...state.more, [tabName]: "" } });
}

// How long spans of a name take.
export function timesOf(state: State, span: string, patch: Partial<State> = {}): State {
  return onPage(state, "functions", {
    span,
    more: { ...state.more, [tabName]: "spans" },
    ...patch,
  });
}

// The longest stretch of samples in it.
export function longestOf(state: State, key: string): State {
  return onPage(state, "timeline", functionOnTimeline(state, key));
}
