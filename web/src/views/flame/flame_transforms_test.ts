import { describe, expect, test } from "vitest";
import { start } from "../../model/state";
import { flameValues, settingsOf } from "./flame_question";
import { chipText, transformOf, withoutTransform, withTransform } from "./flame_transforms";

describe("what is done to the graph", () => {
  const zoomed = { ...start, root: ["aa", "bb", "cc"], transforms: ["drop:ff"] };
  test("is kept in its order, each once", () => {
    expect(withTransform(zoomed, "collapse", "dd").transforms).toEqual(["drop:ff", "collapse:dd"]);
    expect(withTransform(zoomed, "drop", "ff")).toEqual({});
    expect(withoutTransform({ ...zoomed, transforms: ["a:1", "b:2"] }, 0).transforms).toEqual([
      "b:2",
    ]);
  });
  test("leaves what was zoomed into, while the way to it is there", () => {
    expect(withTransform(zoomed, "merge", "bb").root).toEqual(["aa", "cc"]);
    expect("root" in withTransform(zoomed, "drop", "dd")).toBe(false);
    expect(withTransform(zoomed, "drop", "bb").root).toEqual([]);
    expect(withTransform(zoomed, "focus", "dd").root).toEqual([]);
  });
  test("has a text for people, whatever the address says", () => {
    const name = (key: string): string => (key === "aa" ? "main" : key);
    expect(chipText("focus:aa", name)).toBe("only through main");
    expect(chipText("collapse-module:libc.so.6", name)).toBe("library folded libc.so.6");
    expect(chipText("explode", name)).toBe("explode");
    expect(transformOf("focus:")).toBe(null);
    expect(transformOf("merge:a:b")).toEqual({ operation: "merge", of: "a:b" });
  });
});

describe("the question", () => {
  test("waits for a weight and for a width", () => {
    expect(flameValues(start, null, 1000, "callees")).toBe(null);
    expect(flameValues(start, "cpu", 0, "callees")).toBe(null);
    expect(flameValues(start, "cpu", 1001, "callees")?.["pixels"]).toBe(1200);
  });
  test("of a sandwich is two, of one function", () => {
    const sandwich = { ...start, mode: "sandwich", key: "aa", root: ["bb"] };
    expect(flameValues(sandwich, "cpu", 1000, "callers")?.["mode"]).toBe("sandwich-callers");
    expect(flameValues(sandwich, "cpu", 1000, "callers")?.["root"]).toEqual([]);
    expect(flameValues({ ...sandwich, key: "" }, "cpu", 1000, "callees")).toBe(null);
    expect(flameValues(start, "cpu", 1000, "callers")).toBe(null);
  });
  test("settings that mean nothing are the usual ones", () => {
    const odd = { ...start, mode: "spiral", more: { "flame.color": "delta", "flame.width": "b" } };
    expect(settingsOf(odd)).toMatchObject({ mode: "left", coloring: "module", side: "a" });
    expect(settingsOf({ ...odd, b: "other" })).toMatchObject({ coloring: "delta", side: "b" });
  });
});
