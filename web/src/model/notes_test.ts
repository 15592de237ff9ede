import { describe, expect, test } from "vitest";
import { rangeOf } from "../base/time";
import { type Note, noteKept, notesMax, noteSigns, notesOf, noteText, withNotes } from "./notes";
import { fromHash, start, toHash } from "./state";

const moment: Note = {
  of: "game 100% b",
  at: rangeOf(500, 500),
  event: null,
  text: "here it begins & <b>ends</b>",
};
const event: Note = {
  of: "after",
  at: rangeOf(100, 200),
  event: { track: "frames:a/b", event: 7 },
  text: "warum 100 % – ≠ 🙂?",
};

describe("notes in the address", () => {
  test("come back as they went in, in the order of time", () => {
    const state = { ...start, ...withNotes(start, [moment, event]) };
    expect(notesOf(fromHash(toHash(state)))).toEqual([event, moment]);
  });
  test("leave no trace when they are gone, and others' names stay", () => {
    const before = { ...start, more: { "sql.text": "x" } };
    const state = { ...before, ...withNotes(before, [moment]) };
    expect(withNotes(state, []).more).toEqual({ "sql.text": "x" });
  });
  test("any text is some notes", () => {
    const state = (text: string) => ({ ...start, more: { "tl.notes": text } });
    expect(notesOf(state("x\n1-2\n1-2 a - \n-5-1 a - a\n99999999999999999-1 a - b"))).toEqual([]);
    expect(notesOf(state("9-3 %zz no-event text"))).toEqual([
      { of: "%zz", at: rangeOf(3, 9), event: null, text: "text" },
    ]);
  });
  test("are so many and so long at the most", () => {
    const many = Array.from({ length: 500 }, (_, i) => ({ ...moment, at: rangeOf(i, i) }));
    const state = { ...start, ...withNotes(start, many) };
    expect(notesOf(state).length).toBe(notesMax);
    expect([...noteText("🙂".repeat(900))].length).toBe(noteSigns);
  });
});

test("a text is one line that can be encoded", () => {
  expect(noteText("  a\n\tb\u2028c ")).toBe("a b c");
  expect(noteText("\ud800a\udc00")).toBe("a");
  expect(() => encodeURIComponent(noteText("x".repeat(399) + "🙂"))).not.toThrow();
});

test("a note is added, changed and taken away", () => {
  const added = noteKept([moment], null, event);
  expect(added).toEqual([event, moment]);
  const changed = noteKept(added, moment, { ...moment, text: " other " });
  expect(changed.map(({ text }) => text)).toEqual([event.text, "other"]);
  expect(noteKept(added, event, { ...event, text: "  " })).toEqual([moment]);
  expect(noteKept(added, event, null)).toEqual([moment]);
});
