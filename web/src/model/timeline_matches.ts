// What a search finds on the timeline, of one recording or of two: in one order, to be walked.

import {
  type EventName,
  type Found,
  noEvent,
  type Side,
  type Step,
  type Timeline,
} from "./timeline_types";

export interface Match extends Step {
  readonly side: Side;
}

export type Way = "next" | "previous";

// As `find` answers each of the sides, from the same time on. By start; of the same start A before
// B, and as they came. Backwards that is the same order from its end.
export function merged(
  found: readonly { readonly side: Side; readonly matches: Found["matches"] }[],
  to: Way,
): readonly Match[] {
  const all: Match[] = found.flatMap(({ side, matches }) => {
    const events = matches.filter(({ event }) => event !== null && event !== noEvent);
    return inOrder(events, to).map((match) => ({ ...match, side }));
  });
  const sign = to === "next" ? 1 : -1;
  // Sorting is stable: within a side they stay as they are.
  return all.sort(
    (one, other) => sign * (one.start - other.start) || sign * one.side.localeCompare(other.side),
  );
}

// The server gives the latest first, but those of one start as forwards.
function inOrder(events: Found["matches"], to: Way): Found["matches"] {
  if (to === "next") return events;
  const out = events.map((match, i) => ({ match, i }));
  out.sort((one, other) => other.match.start - one.match.start || other.i - one.i);
  return out.map(({ match }) => match);
}

// The one behind that which is selected, where it is among them, else the first.
export function matchBehind(matches: readonly Match[], at: EventName | null): Match | null {
  const here = matches.findIndex(
    (one) => at?.side === one.side && one.track === at.track && one.event === at.event,
  );
  return matches[here + 1] ?? null;
}

// Threads of B that are called as those of A; null: the filter takes all of them.
export function threadsOfB(
  a: Timeline,
  b: Timeline,
  threads: readonly number[],
): readonly number[] | null {
  if (threads.length === 0) return null;
  const names = new Set(a.threads.filter(({ id }) => threads.includes(id)).map(({ name }) => name));
  return b.threads.filter(({ name }) => names.has(name)).map(({ id }) => id);
}
