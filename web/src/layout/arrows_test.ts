import { expect, test } from "vitest";
import { timelineOf } from "./timeline_maker";
import { rangeOf } from "../base/time";
import { start } from "../model/state";
import { prefsOf } from "../model/timeline_prefs";
import { type EventDetails, eventFrom, eventText } from "../model/timeline_types";
import { arrowsOf, boxOf, placeOf } from "./arrows";
import { sectionsOf } from "./row_items";
import { layoutRows } from "./rows";
import { timeScale } from "./time_scale";

const { rows } = layoutRows({
  sides: [{ side: "a", name: "A", sections: sectionsOf(timelineOf(["main", "worker"])) }],
  prefs: prefsOf(start),
  threads: [],
});
const scale = timeScale(rangeOf(0, 1_000), 1_000);
const details: EventDetails = {
  track: "spans:1",
  event: 3,
  kind: "spans",
  name: "x",
  start: 200,
  end: 300,
  duration: 100,
  depth: 1,
};

test("an event stands on the line of its depth", () => {
  const top = placeOf(rows, "a", "spans:1", 0);
  const below = placeOf(rows, "a", "spans:1", 2);
  expect((below?.y ?? 0) - (top?.y ?? 0)).toBe(36);
  // Deeper than there are lines: on the last.
  expect(placeOf(rows, "a", "spans:1", 99)?.y).toBe(below?.y);
  expect(placeOf(rows, "b", "spans:1", 0)).toBe(null);
  if (top === null) throw new Error("no place");
  expect(boxOf(top, scale, 50, 100, 1e12)).toEqual({
    x: 100,
    y: top.y - 50,
    width: 910,
    height: 18,
  });
});

test("arrows go from where a flow began to where it was taken up", () => {
  const flow = { event: 1, start: 100, end: 220, name: "f", thread: { id: 2, name: "worker" } };
  const arrows = arrowsOf(
    rows,
    "a",
    {
      ...details,
      flows: [
        { ...flow, track: "spans:2", direction: "in" },
        { ...flow, track: "thread:2", event: null, start: 210, end: 400, direction: "out" },
        {
          ...flow,
          track: "thread:77",
          event: null,
          thread: { id: 77, name: "gone" },
          direction: "out",
        },
      ],
      waker: { thread: { id: 2, name: "worker" }, span: null },
    },
    scale,
    0,
  );
  const here = placeOf(rows, "a", "spans:1", 1)?.y;
  const there = placeOf(rows, "a", "spans:2", 0)?.y;
  const y = (value: number): string =>
    value - 9 === here ? "here" : value - 9 === there ? "there" : "?";
  expect(
    arrows.map(({ kind, from, to }) => `${kind} ${from.x} ${y(from.y)} > ${to.x} ${y(to.y)}`),
  ).toEqual([
    "flow 100 there > 220 here",
    "flow 210 here > 400 there",
    "wake 300 there > 300 here",
  ]);
});

test("the name of an event is the same back and forth", () => {
  for (const name of [
    { side: "a", track: "spans:3", event: 12 },
    { side: "b", track: "plot:a/b!c\n", event: 0 },
  ] as const) {
    expect(eventFrom(eventText(name))).toEqual(name);
  }
  expect(eventFrom("")).toBe(null);
  expect(eventFrom("spans:3")).toBe(null);
});
