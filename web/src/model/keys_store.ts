// The keys as they are now: the table's, with what the person chose.

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { type KeyLayout, labelOf } from "./key_press";
import { boundBy, type OwnKeys, readOwnKeys, writeOwnKeys } from "./keymap";
import type { Kept } from "./kept";
import type { KeyBinding } from "./keys";

const keptAs = "hone-keys";

export interface Keys {
  readonly own: ReadonlySignal<OwnKeys>;
  readonly bindings: ReadonlySignal<readonly KeyBinding[]>;
  readonly layout: ReadonlySignal<KeyLayout | null>;
  set(own: OwnKeys): void;
  // How the first key of a binding is shown; "" where it has none.
  label(id: string): string;
  // A tooltip with the key behind it.
  hint(says: string, id: string): string;
}

// What of a browser's window it needs.
export interface KeysPlace {
  addEventListener(type: "focus", listener: () => void): void;
}

// Not everywhere, and not among TypeScript's types.
export interface Keyboard {
  getLayoutMap(): Promise<KeyLayout>;
}

export function createKeys(kept: Kept, place: KeysPlace, keyboard: Keyboard | undefined): Keys {
  const own = signal<OwnKeys>(readOwnKeys(kept.read(keptAs)));
  let isKept = true; // else they hold until the page is closed
  const layout = signal<KeyLayout | null>(null);
  const bindings = computed(() => boundBy(own.value));
  // Another window may have changed them.
  place.addEventListener("focus", () => {
    const now = readOwnKeys(kept.read(keptAs));
    if (isKept && writeOwnKeys(now) !== writeOwnKeys(own.value)) own.value = now;
  });
  void keyboard?.getLayoutMap().then(
    (map) => {
      layout.value = map;
    },
    () => {},
  );
  const label = (id: string): string => {
    const keys = bindings.value.find((one) => one.id === id)?.keys[0];
    return keys === undefined ? "" : labelOf(keys, layout.value);
  };
  return {
    own,
    bindings,
    layout,
    set(next) {
      own.value = next;
      kept.write(keptAs, next.size === 0 ? null : writeOwnKeys(next));
      isKept = writeOwnKeys(readOwnKeys(kept.read(keptAs))) === writeOwnKeys(next);
    },
    label,
    hint(says, id) {
      const keys = label(id);
      return keys === "" ? says : `${says} (${keys})`;
    },
  };
}
