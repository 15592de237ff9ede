// Notes that a person puts on the timeline of a recording: a time or a stretch, maybe the event that
// is meant, and a text. They are kept in the address ("tl.notes"), so that a link carries them.

import { type Range, rangeOf } from "../base/time";
import type { State } from "./state";

export interface Note {
  readonly of: string; // the recording's id
  readonly at: Range; // from and to are the same where a moment is meant
  readonly event: { readonly track: string; readonly event: number } | null;
  readonly text: string;
}

// What an address can carry, and a person reads.
export const notesMax = 64;
export const noteSigns = 200;

const name = "tl.notes";

// As it may stand in an address: one line, no halves of signs, which cannot be encoded.
export function noteText(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\p{Cs}/gu, "")
    .trim();
  // A sign is two units at the most: the cut is made before the costly part.
  const signs = Array.from(line.slice(0, noteSigns * 2));
  return signs
    .slice(0, noteSigns)
    .join("")
    .replace(/\p{Cs}/gu, "");
}

// "120-120 game spans:1/7 why is this one slow"; ids of tracks hold no blanks, "-" is no event.
function spelled({ of, at, event, text }: Note): string {
  const target = event === null ? "-" : `${event.track}/${event.event}`;
  const range = `${Math.round(at.from)}-${Math.round(at.to)}`;
  return `${range} ${of.replace(/[\s%]/gu, encodeURIComponent)} ${target} ${text}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readLine(line: string): Note | null {
  const match = /^(\d{1,16})-(\d{1,16}) (\S+) (\S+) (.*)$/s.exec(line);
  if (match === null) return null;
  const [, from, to, of = "", target = "-", rest = ""] = match;
  const text = noteText(rest);
  if (text === "") return null;
  const event = /^(.+)\/(\d{1,10})$/s.exec(target);
  return {
    of: decoded(of),
    at: rangeOf(Number(from), Number(to)),
    event: event === null ? null : { track: event[1] ?? "", event: Number(event[2]) },
    text,
  };
}

// In the order of time. Any text is some list of notes: what is none is left out.
export function notesOf(state: State): readonly Note[] {
  const lines = (state.more[name] ?? "").split("\n", notesMax * 2);
  return inOrder(lines.flatMap((line) => readLine(line) ?? [])).slice(0, notesMax);
}

function inOrder(notes: readonly Note[]): readonly Note[] {
  return [...notes].sort((one, other) => one.at.from - other.at.from || one.at.to - other.at.to);
}

export function withNotes(state: State, notes: readonly Note[]): Pick<State, "more"> {
  const { [name]: before, ...rest } = state.more;
  void before;
  const kept = inOrder(notes).slice(0, notesMax).map(spelled).join("\n");
  return { more: kept === "" ? rest : { ...rest, [name]: kept } };
}

// A note put in the place of another, or added when `of` is none of them; one without a text is
// taken away.
export function noteKept(
  notes: readonly Note[],
  of: Note | null,
  note: Note | null,
): readonly Note[] {
  const rest = of === null ? notes : notes.filter((one) => spelled(one) !== spelled(of));
  const text = note === null ? "" : noteText(note.text);
  return note === null || text === "" ? rest : inOrder([...rest, { ...note, text }]);
}

export function isMoment({ at }: Note): boolean {
  return at.to <= at.from;
}
