import { expect, test } from "vitest";
import { bindingOf, bindings, type KeyPress } from "./keys";

function press(key: string, more: Partial<KeyPress> = {}): KeyPress {
  const code = /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : key;
  return { key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more };
}

test("motion goes by places, also on a French keyboard", () => {
  // What is W there writes z.
  expect(bindingOf(press("z", { code: "KeyW" }), ["timeline"], "")?.id).toBe("zoom.in");
  expect(bindingOf(press("w", { code: "KeyZ" }), ["timeline"], "")).toBe(null);
});

test("letters with and without shift differ", () => {
  expect(bindingOf(press("c"), ["flame", "global"], "")?.id).toBe("flame.collapse");
  const shifted = press("C", { shiftKey: true });
  expect(bindingOf(shifted, ["flame", "global"], "")?.id).toBe("flame.module");
});

test("two keys, one after the other", () => {
  expect(bindingOf(press("f"), ["global"], "g")?.id).toBe("page.flame");
  expect(bindingOf(press("f"), ["global"], "")).toBe(null);
});

test("no two bindings of one place have the same keys", () => {
  const seen = new Set<string>();
  for (const binding of bindings) {
    for (const keys of binding.keys) {
      const name = `${binding.where} ${keys}`;
      expect(seen.has(name), name).toBe(false);
      seen.add(name);
    }
  }
});
