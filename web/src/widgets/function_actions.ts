// What leads from a function to where else it is shown: the same words on every page.

import { longestOf, rowOf, sandwichOf, sourceOf, stacksOf } from "../model/links";
import { onPage, type State } from "../model/state";
import type { App } from "./app_context";
import type { Action } from "./menu";

const ways = {
  stacks: {
    says: "Flame graph of it",
    hint: "Only stacks through it, from it on",
    to: stacksOf,
  },
  sandwich: {
    says: "Sandwich",
    hint: "Callers above, callees below, as pictures",
    to: sandwichOf,
  },
  source: { says: "Source", hint: "Its lines and instructions with their cost", to: sourceOf },
  row: { says: "In the table", hint: "Its row, with its callers and callees", to: rowOf },
  timeline: {
    says: "On the timeline",
    hint: "The longest stretch of samples in it",
    to: longestOf,
  },
} as const satisfies Record<
  string,
  { says: string; hint: string; to: (state: State, key: string) => State }
>;

type Way = keyof typeof ways;

export function functionActions(
  app: Pick<App, "store">,
  key: string,
  which: readonly Way[],
  isOff = false,
): readonly Action[] {
  return which.map((way) => actionOf(app, key, way, isOff));
}

function actionOf({ store }: Pick<App, "store">, key: string, way: Way, isOff: boolean): Action {
  return {
    id: `to.${way}`,
    says: ways[way].says,
    hint: ways[way].hint,
    isOff,
    act: () => store.set(ways[way].to(store.state.value, key)),
  };
}

// Spans are searched for by their name, functions lead to where they ran longest.
export function timelineAction(
  app: Pick<App, "store">,
  of: { readonly key: string; readonly span: string | null },
  isOff = false,
): Action {
  const action = actionOf(app, of.key, "timeline", isOff);
  const { span } = of;
  if (span === null) return action;
  const { store } = app;
  return {
    ...action,
    hint: "With its name in the search",
    act: () => store.set(onPage(store.state.value, "timeline", { search: span })),
  };
}
