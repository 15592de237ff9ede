import { expect, test } from "vitest";
import { bindingOf, type KeyPress, labelOf, spellingOf } from "./key_press";
import { bindings } from "./keys";

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

test("a press is spelled as the table spells", () => {
  const spelled = (key: string, more: Partial<KeyPress> = {}, byPlace = false): string => {
    const spelling = spellingOf(press(key, more), byPlace);
    return spelling.is === "keys" ? spelling.keys : spelling.is;
  };
  expect(spelled("f")).toBe("f");
  expect(spelled("F", { shiftKey: true })).toBe("Shift+f");
  expect(spelled("F")).toBe("f"); // caps lock
  expect(spelled("?", { shiftKey: true })).toBe("?");
  expect(spelled("+", { ctrlKey: true })).toBe("Ctrl+Plus");
  expect(spelled("Home", { altKey: true, shiftKey: true })).toBe("Alt+Shift+Home");
  expect(spelled("ц", { code: "KeyW" })).toBe("ц");
  expect(spelled("ц", { code: "KeyW" }, true)).toBe("KeyW");
  expect(spelled("Shift", { shiftKey: true })).toBe("part");
  expect(spelled("Dead")).toBe("part");
  for (const key of ["Tab", " ", "Escape"]) expect(spelled(key)).toBe("refused");
});

test("what is spelled is found again", () => {
  for (const [key, more] of [
    ["f", {}],
    ["F", { shiftKey: true }],
    ["+", { shiftKey: true }],
    ["+", { ctrlKey: true }],
    ["PageUp", { shiftKey: true }],
    ["Ц", { shiftKey: true, code: "KeyW" }],
  ] as const) {
    const spelling = spellingOf(press(key, more), false);
    const keys = spelling.is === "keys" ? [spelling.keys] : [];
    const bound = [{ id: "one", where: "global", keys, says: "" }] as const;
    expect(bindingOf(press(key, more), ["global"], "", bound)?.id, key).toBe("one");
    expect(bindingOf(press(key, { ...more, altKey: true }), ["global"], "", bound)).toBe(null);
  }
});

test("labels are what is printed on the keys", () => {
  const french = new Map([["KeyW", "z"]]);
  expect(labelOf("KeyW", french)).toBe("Z");
  expect(labelOf("KeyW", null)).toBe("W");
  expect(labelOf("Ctrl+Plus", null)).toBe("Ctrl++");
  expect(labelOf("Alt+ArrowUp", null)).toBe("Alt+↑");
});
