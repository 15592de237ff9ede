// What leads from a function to where else it is shown: the same words on every page.

import { longestOf, rowOf, sandwichOf, sourceOf, stacksOf } from "../model/links";
import type { State } from "../model/state";
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

export function functionActions(
  { store }: Pick<App, "store">,
  key: string,
  which: readonly (keyof typeof ways)[],
  isOff = false,
): readonly Action[] {
  return which.map((way) => ({
    id: `to.${way}`,
    says: ways[way].says,
    hint: ways[way].hint,
    isOff,
    act: () => store.set(ways[way].to(store.state.value, key)),
  }));
}
