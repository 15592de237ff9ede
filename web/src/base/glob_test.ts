import { expect, test } from "vitest";
import { globMatcher } from "./glob";

test("stars and question marks, and all else as it is", () => {
  const yes = (pattern: string, text: string): boolean => globMatcher(pattern)(text);
  expect(yes("Render::*", "Render::Frame")).toBe(true);
  expect(yes("Render::*", "xRender::Frame")).toBe(false);
  expect(yes("a?c", "abc")).toBe(true);
  expect(yes("a?c", "ac")).toBe(false);
  expect(yes("f(x)[0]+.$/", "f(x)[0]+.$/")).toBe(true);
  expect(yes("***a***", "bab")).toBe(true);
  expect(yes("", "")).toBe(true);
  expect(yes("a-b}c", "a-b}c")).toBe(true);
});
