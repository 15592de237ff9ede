// What a press of a key is called, and which binding it means.

import { bindings as table, type KeyBinding, leader, type Where } from "./keys";

export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

// What is printed on a key; absent where the browser cannot tell.
export interface KeyLayout {
  get(code: string): string | undefined;
}

const isPlace = (key: string): boolean => /^Key[A-Z]$/.test(key);
const isSmallLetter = (key: string): boolean => /^\p{Ll}$/u.test(key);

function matches(spelled: string, press: KeyPress): boolean {
  const parts = spelled.split("+");
  const name = parts.pop() ?? "";
  const last = name === "Plus" ? "+" : name;
  const wants = (modifier: string): boolean => parts.includes(modifier);
  if (wants("Ctrl") !== (press.ctrlKey || press.metaKey)) return false;
  if (wants("Alt") !== press.altKey) return false;
  // A place with Shift is the same place: motion goes further with it.
  if (isPlace(last)) return press.code === last;
  if (wants("Shift") && !press.shiftKey) return false;
  // Signs need Shift on some keyboards and not on others; letters say which they want.
  if (isSmallLetter(last) && !wants("Shift") && press.shiftKey) return false;
  return press.key === last || press.key.toLowerCase() === last;
}

// The binding that a press means in one of the places; `before` is the first of two keys.
export function bindingOf(
  press: KeyPress,
  places: readonly Where[],
  before: string,
  bindings: readonly KeyBinding[] = table,
): KeyBinding | null {
  for (const place of places) {
    for (const binding of bindings) {
      if (binding.where !== place) continue;
      for (const keys of binding.keys) {
        const [first = "", second] = keys.split(" ");
        if (
          second === undefined
            ? before === "" && matches(first, press)
            : before === first && matches(second, press)
        ) {
          return binding;
        }
      }
    }
  }
  return null;
}

export function isLeader(press: KeyPress): boolean {
  return matches(leader, press);
}

// Held with others, or not a key of its own yet.
const noKeys = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "NumLock"]);
const unknownKeys = new Set(["Dead", "Unidentified", "Process", "Compose", ""]);
// They move between what can be pressed, press it, and close.
const heldBack = new Set(["Tab", " ", "Escape"]);

export type Spelling =
  | { readonly is: "keys"; readonly keys: string }
  | { readonly is: "part" } // of a key that is still being pressed
  | { readonly is: "refused"; readonly why: string };

// As the table spells it; `byPlace`: a letter by where it is.
export function spellingOf(press: KeyPress, byPlace: boolean): Spelling {
  if (noKeys.has(press.key) || unknownKeys.has(press.key)) return { is: "part" };
  if (heldBack.has(press.key)) {
    const name = press.key === " " ? "Space" : press.key;
    return { is: "refused", why: `${name} has a meaning of its own in every browser` };
  }
  const before = `${press.ctrlKey || press.metaKey ? "Ctrl+" : ""}${press.altKey ? "Alt+" : ""}`;
  if (byPlace && isPlace(press.code)) return { is: "keys", keys: before + press.code };
  const key = press.key === "+" ? "Plus" : press.key;
  const small = key.toLowerCase();
  if (isSmallLetter(small)) {
    return { is: "keys", keys: `${before}${press.shiftKey ? "Shift+" : ""}${small}` };
  }
  const isNamed = key.length > 1;
  return { is: "keys", keys: `${before}${isNamed && press.shiftKey ? "Shift+" : ""}${key}` };
}

const arrows = { Left: "←", Right: "→", Up: "↑", Down: "↓" } as const;

// As it is shown: places by what is printed there.
export function labelOf(keys: string, layout: KeyLayout | null): string {
  return keys
    .replace(/Key([A-Z])$/, (code, letter: string) => (layout?.get(code) ?? letter).toUpperCase())
    .replace(/Plus$/, "+")
    .replace(/Arrow(Left|Right|Up|Down)$/, (_, to: keyof typeof arrows) => arrows[to]);
}
