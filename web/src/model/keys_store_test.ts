import { expect, test } from "vitest";
import type { Kept } from "./kept";
import { createKeys, type Keyboard, type KeysPlace } from "./keys_store";

const french: Keyboard = { getLayoutMap: () => Promise.resolve(new Map([["KeyW", "z"]])) };

function keysWith(jar: Map<string, string> | null) {
  let focus = (): void => {};
  const kept: Kept = {
    read: (name) => jar?.get(name) ?? null,
    write: (name, text) => void (text === null ? jar?.delete(name) : jar?.set(name, text)),
  };
  const place: KeysPlace = {
    addEventListener: (_, listener) => {
      focus = listener;
    },
  };
  return { keys: createKeys(kept, place, french), focus: () => focus() };
}

test("keys are kept, and read at the next start", () => {
  const jar = new Map<string, string>();
  keysWith(jar).keys.set(new Map([["invert", "j"]]));
  const next = keysWith(jar).keys;
  expect(next.label("invert")).toBe("j");
  expect(next.hint("Invert", "invert")).toBe("Invert (j)");
  next.set(new Map());
  expect(jar.size).toBe(0);
});

test("where nothing may be kept they hold for the page", () => {
  const { keys, focus } = keysWith(null);
  expect(keys.label("invert")).toBe("i");
  keys.set(new Map([["invert", "j"]]));
  focus();
  expect(keys.label("invert")).toBe("j");
});

test("another window's change is taken over", () => {
  const jar = new Map<string, string>();
  const { keys, focus } = keysWith(jar);
  keysWith(jar).keys.set(new Map([["invert", "j"]]));
  expect(keys.label("invert")).toBe("i");
  focus();
  expect(keys.label("invert")).toBe("j");
});

test("what has no key has no hint of one, and places go by the keyboard", async () => {
  const { keys } = keysWith(null);
  expect(keys.hint("Light or dark", "theme")).toBe("Light or dark");
  await Promise.resolve();
  expect(keys.label("zoom.in")).toBe("Z");
});
