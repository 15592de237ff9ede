// The one store: the state, and the address that follows it.

import { type ReadonlySignal, signal } from "@preact/signals";
import { fromHash, type State, toHash } from "./state";

export interface Store {
  readonly state: ReadonlySignal<State>;
  // `replace`: not a step to come back to (typing, dragging).
  set(patch: Partial<State>, replace?: boolean): void;
}

// What of a browser's window it needs.
export interface Place {
  readonly location: { readonly hash: string };
  readonly history: {
    pushState(data: unknown, unused: string, url: string): void;
    replaceState(data: unknown, unused: string, url: string): void;
  };
  addEventListener(type: "popstate" | "hashchange", listener: () => void): void;
}

export function createStore(place: Place): Store {
  const state = signal(fromHash(place.location.hash));
  const follow = (): void => {
    if (toHash(state.value) !== place.location.hash) state.value = fromHash(place.location.hash);
  };
  place.addEventListener("popstate", follow);
  place.addEventListener("hashchange", follow);
  return {
    state,
    set(patch, replace = false) {
      const next = { ...state.value, ...patch };
      const hash = toHash(next);
      const isSame = hash === toHash(state.value);
      state.value = next;
      if (isSame) return;
      if (replace) place.history.replaceState(null, "", hash);
      else place.history.pushState(null, "", hash);
    },
  };
}
