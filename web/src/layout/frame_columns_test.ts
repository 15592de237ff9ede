import { expect, test } from "vitest";
import { momentText } from "../base/format";
import { frameAt, frameScale, layoutFrames, slowFrame } from "./frame_columns";
import { layoutRuler } from "./ruler";
import { causeOf, Styles, threadState } from "./styles";

function frames(durations: readonly number[]) {
  let at = 0;
  const start = durations.map((duration) => (at += duration) - duration);
  return {
    start: Float64Array.from(start),
    duration: Float64Array.from(durations),
    index: Uint32Array.from(durations, (_, i) => i),
    count: Uint32Array.from(durations, () => 1),
  };
}

test("a column a frame, the longest of several where there is no room", () => {
  const few = layoutFrames(frames([10, 20, 5]), 300, 16);
  expect(few.columns.map(({ row, isOver }) => `${row}${isOver ? "!" : ""}`)).toEqual([
    "0",
    "1!",
    "2",
  ]);
  const many = layoutFrames(
    frames(Array.from({ length: 1_000 }, (_, i) => (i === 503 ? 99 : 10))),
    300,
    16,
  );
  expect(many.columns.length).toBeLessThanOrEqual(100);
  const slow = many.columns.find(({ isOver }) => isOver);
  expect([slow?.row, slow?.count]).toEqual([503, 10]);
  expect(frameAt(many, (slow?.x ?? 0) + 1)).toBe(slow);
  expect(frameAt(many, 5_000)).toBe(null);
});

test("one stall leaves the others to be seen, and two bars have one scale", () => {
  const set = { p99: 17, max: 5_000, target_ns: 16 };
  expect(frameScale([set])).toBeLessThan(30);
  expect(frameScale([{ p99: 5, max: 5, target_ns: 16 }])).toBeGreaterThan(16);
  expect(frameScale([{ p99: 1, max: 1, target_ns: 16 }])).toBeLessThan(2);
  expect(frameScale([set, { p99: 90, max: 90, target_ns: null }])).toBeGreaterThan(90);
  expect(layoutFrames(frames([]), 900, null).columns).toEqual([]);
});

test("the next slow frame is neither the one that is shown nor a quick one", () => {
  const some = frames([10, 30, 10, 40, 10]);
  expect(slowFrame(some, 0, 1, 16)).toBe(1);
  expect(slowFrame(some, 25, 1, 16)).toBe(3);
  expect(slowFrame(some, 70, -1, 16)).toBe(1);
  expect(slowFrame(some, 95, 1, 16)).toBe(-1);
});

test("a ruler has marks at round numbers, and room between them", () => {
  const ruler = layoutRuler(123, 9_900, 1_000);
  expect(ruler.step).toBe(1_000);
  expect(ruler.ticks[0]).toEqual({ time: 1_000, x: expect.closeTo(89.7, 1) });
  expect(ruler.base).toBe(0);
  const deep = layoutRuler(4_055_723_094, 4_055_723_194, 1_000);
  expect([deep.step, deep.base]).toEqual([10, 4_055_720_000]);
  for (let length = 50; length < 1e14; length *= 7) {
    const { step, ticks } = layoutRuler(0, length, 1_400);
    expect(Number.isInteger(step)).toBe(true);
    expect(ticks.length).toBeLessThanOrEqual(1_400 / 90 + 2);
  }
});

test("a moment has the digits that are known", () => {
  expect(momentText(4_020_117_300)).toBe("4.020117 s");
  expect(momentText(100_499_456, 8_192)).toBe("0.10050 s");
  expect(momentText(100_499_456, 2 ** 30)).toBe("0 s");
  expect(momentText(1, 1)).toBe("0.000000001 s");
});

test("what a thread does is told by the server's words", () => {
  expect(threadState("running")).toBe("running");
  expect(threadState("runnable: waiting for a CPU")).toBe("runnable");
  expect(threadState("blocked: lock (futex)")).toBe("locked");
  expect(threadState("blocked, several short waits: waiting for a CPU")).toBe("runnable");
  expect(threadState("blocked: not known")).toBe("blocked");
  expect(threadState("not known: before its first sample")).toBe("unknown");
  expect(causeOf("blocked: lock (futex)")).toBe("lock (futex)");
  expect(causeOf("blocked: not known")).toBe("");
});

test("a name has one fill, in every lane and for good", () => {
  const styles = new Styles("light");
  const one = styles.of("spans", "Render::Frame", "", 0, false);
  expect(styles.of("gpu", "Render::Frame", "", 0, false)).toBe(one);
  expect(styles.of("core", "worker (12)", "", 0, false)).toBe(
    styles.of("core", "worker (77)", "", 0, false),
  );
  expect(styles.fills[styles.of("spans", "x", "", 0x1020ff, false)]).toEqual({
    kind: "color",
    color: "#1020ff",
  });
  expect(styles.fills[styles.of("frames", "", "", 0, true)]).toEqual({
    kind: "named",
    name: "over",
  });
});
