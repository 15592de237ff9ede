import { describe, expect, test } from "vitest";
import { bindingOf, type KeyPress } from "./key_press";
import {
  boundBy,
  holderOf,
  noOwnKeys,
  readOwnKeys,
  swapped,
  withKeys,
  withoutKeys,
  writeOwnKeys,
} from "./keymap";
import { bindings, type KeyBinding } from "./keys";

function press(key: string, more: Partial<KeyPress> = {}): KeyPress {
  const code = /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : key;
  return { key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more };
}

function keysOf(of: readonly KeyBinding[], id: string): readonly string[] | undefined {
  return of.find((one) => one.id === id)?.keys;
}

function keep(keys: unknown): string {
  return JSON.stringify({ v: 1, keys });
}

test("the table is free of conflicts", () => {
  for (const { id, keys } of bindings) {
    for (const one of keys)
      expect(holderOf(bindings, id, one, null)?.id, `${id} ${one}`).toBe(undefined);
  }
});

test("own keys do what they are for, and the table's do no more", () => {
  const bound = boundBy(withKeys(noOwnKeys, "invert", "j"));
  expect(bindingOf(press("j"), ["flame", "global"], "", bound)?.id).toBe("invert");
  expect(bindingOf(press("i"), ["flame", "global"], "", bound)).toBe(null);
  expect(bindingOf(press("i"), ["flame", "global"], "")?.id).toBe("invert");
});

test("the table's own key is nobody's choice", () => {
  const there = withKeys(noOwnKeys, "invert", "j");
  expect(withKeys(there, "invert", "i").size).toBe(0);
});

describe("who has a key", () => {
  test("on the page, everywhere, and not on other pages", () => {
    expect(holderOf(bindings, "invert", "m", press("m"))?.id).toBe("flame.merge");
    expect(holderOf(bindings, "invert", "y", press("y"))?.id).toBe("link");
    expect(holderOf(bindings, "invert", "p", press("p"))).toBe(null); // the timeline's
    expect(holderOf(bindings, "link", "p", press("p"))?.id).toBe("pin");
    expect(holderOf(bindings, "page.sql", "g f", press("f"))?.id).toBe("page.flame");
    expect(holderOf(bindings, "page.sql", "g z", press("z"))).toBe(null);
  });
  test("by the place of a letter on this keyboard", () => {
    // What writes z is in the place of W in France: it zooms.
    expect(holderOf(bindings, "pin", "z", press("z", { code: "KeyW" }))?.id).toBe("zoom.in");
    // A place has its letter with Shift too.
    expect(holderOf(bindings, "zoom.in", "KeyN", press("n"))?.id).toBe("frame.next");
    const bound = boundBy(withKeys(noOwnKeys, "frame.next", "Home"));
    expect(holderOf(bound, "zoom.in", "KeyN", press("n"))?.id).toBe("frame.previous");
  });
});

describe("swapping", () => {
  const merge = bindings.find((one) => one.id === "flame.merge") as KeyBinding;
  test("gives each the other's", () => {
    const own = swapped(noOwnKeys, "invert", "m", merge) ?? noOwnKeys;
    expect(keysOf(boundBy(own), "invert")).toEqual(["m"]);
    expect(keysOf(boundBy(own), "flame.merge")).toEqual(["i"]);
    expect(readOwnKeys(writeOwnKeys(own))).toEqual(own);
    // Resetting one resets who has its key.
    expect(withoutKeys(own, "invert").size).toBe(0);
  });
  test("is not offered where a third has the key, or one has a key for good", () => {
    const link = bindings.find((one) => one.id === "link") as KeyBinding;
    // "link" would get f everywhere, which the flame graph has.
    expect(swapped(noOwnKeys, "fit", "y", link)).toBe(null);
    const escape = bindings.find((one) => one.id === "escape") as KeyBinding;
    expect(swapped(noOwnKeys, "fit", "Escape", escape)).toBe(null);
  });
});

describe("what is kept", () => {
  test("of any kind is read without harm", () => {
    for (const text of [
      null,
      "",
      "{",
      "[]",
      "7",
      "null",
      '"text"',
      "x".repeat(1_000_000),
      '{"v":1}',
      '{"v":1,"keys":null}',
      '{"v":1,"keys":[1]}',
      '{"v":2,"keys":{"invert":"j"}}',
      keep({ invert: 7, nothing: "j", escape: "j", "row.open": "j", __proto__: "j" }),
      keep({ invert: "" }),
      keep({ invert: "two words" }),
      keep({ invert: "Escape" }),
      keep({ invert: "g" }),
      keep({ invert: "\u0000" }),
      keep({ invert: "<img src=x>" }),
      keep({ invert: "Shift+Ctrl+j" }),
      keep({ invert: `A${"a".repeat(99)}` }),
    ]) {
      expect([...readOwnKeys(text)], String(text).slice(0, 60)).toEqual([]);
    }
  });
  test("gives one key to one binding", () => {
    const own = readOwnKeys(keep({ invert: "j", "flame.merge": "j", link: "Ctrl+Shift+F5" }));
    expect([...own]).toEqual([
      ["link", "Ctrl+Shift+F5"],
      ["invert", "j"],
    ]);
    expect(readOwnKeys(keep({ "flame.merge": "Enter" })).size).toBe(1);
    expect(readOwnKeys(keep({ help: "Enter" })).size).toBe(0); // opens rows everywhere
  });
  test("goes before the table's, which may be younger", () => {
    const own = readOwnKeys(keep({ invert: "m" }));
    expect(keysOf(boundBy(own), "invert")).toEqual(["m"]);
    expect(keysOf(boundBy(own), "flame.merge")).toEqual([]);
    // Back to what it was: who took it goes back too.
    expect(withoutKeys(own, "flame.merge").size).toBe(0);
  });
});
