import { expect, test } from "vitest";
import { labelText } from "./label";

test("a name is cut, and not within a sign", () => {
  expect(labelText("abc")).toBe("abc");
  expect(labelText("x".repeat(10_000), 8)).toBe("xxxxxxx…");
  expect(labelText("🎮".repeat(9), 4)).toBe("🎮🎮🎮…");
  expect(labelText("🎮🎮🎮🎮", 4)).toBe("🎮🎮🎮🎮");
});

test("nothing in a name turns or breaks the line", () => {
  expect(labelText("a\u202eb\nc\u0000d")).toBe("a·b·c·d");
  expect(labelText("<b>ü</b>")).toBe("<b>ü</b>");
});
