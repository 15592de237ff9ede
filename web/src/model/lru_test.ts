import { expect, test } from "vitest";
import { Lru } from "./lru";

test("what was used longest ago goes first", () => {
  const cache = new Lru<number>(3);
  cache.set("a", 1, 1);
  cache.set("b", 2, 1);
  cache.set("c", 3, 1);
  expect(cache.get("a")).toBe(1);
  cache.set("d", 4, 1);
  expect(cache.has("b")).toBe(false);
  expect(cache.get("a")).toBe(1);
  expect(cache.size).toBe(3);
});

test("costs are counted, also of what is set anew", () => {
  const cache = new Lru<string>(10);
  cache.set("a", "x", 4);
  cache.set("a", "y", 6);
  expect(cache.cost).toBe(6);
  cache.set("b", "z", 5);
  expect(cache.has("a")).toBe(false);
  expect(cache.cost).toBe(5);
});

test("one that is too large alone stays until another comes", () => {
  const cache = new Lru<string>(10);
  cache.set("huge", "x", 99);
  expect(cache.get("huge")).toBe("x");
  cache.set("b", "z", 1);
  expect(cache.has("huge")).toBe(false);
  cache.clear();
  expect(cache.cost).toBe(0);
});
