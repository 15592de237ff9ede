// What the search box finds on the timeline: in A and, where it is open, in B.

import { useMemo } from "preact/hooks";
import { rangeOf } from "../../base/time";
import { labelText } from "../../base/label";
import { selectionOf, type State } from "../../model/state";
import { matchBehind, merged, threadsOfB, type Way } from "../../model/timeline_matches";
import type { Found, Side } from "../../model/timeline_types";
import { type App, useApp } from "../../widgets/app_context";
import { useAnswer } from "../../widgets/use_answer";
import type { Actions } from "./actions";
import type { Stage } from "./stage";

export interface FoundCounts {
  readonly a: number;
  readonly b: number | null; // null: there is no B
}

type Values = Readonly<Record<string, string | number | null>>;

// null: nothing of that side can be found.
function question(stage: Stage, state: State, side: Side, from: number, to: Way): Values | null {
  const data = stage.sideOf(side);
  const a = stage.sideOf("a");
  if (state.search === "" || data === undefined || a === undefined) return null;
  const selection = { ...selectionOf(state) };
  if (side === "b") {
    const threads = threadsOfB(a.timeline, data.timeline, state.threads);
    if (threads?.length === 0) return null;
    selection["threads"] = threads?.join(",") ?? null;
  }
  return { a: data.id, ...selection, text: state.search, from, to, kind: "any" };
}

// How many there are; null: not known yet.
export function useFound(stage: Stage): FoundCounts | null {
  const state = useApp().store.state.value;
  const [inA, inB] = useMemo(
    () => [question(stage, state, "a", 0, "next"), question(stage, state, "b", 0, "next")],
    [stage, state.search, state.range, state.threads, state.process, state.inside, state.kernel],
  );
  const a = useAnswer<Found>("find", inA);
  const b = useAnswer<Found>("find", inB);
  if (a.isStale || a.value === null || (inB !== null && (b.isStale || b.value === null))) {
    return null;
  }
  const hasB = stage.sideOf("b") !== undefined;
  return { a: a.value.count, b: hasB ? (inB === null ? 0 : (b.value?.count ?? 0)) : null };
}

// To the match behind or before the selected one, of either recording.
export async function goToMatch(app: App, stage: Stage, actions: Actions, to: Way): Promise<void> {
  const state = app.store.state.peek();
  if (state.search === "") return;
  const at = stage.selected.peek();
  const view = stage.view.peek();
  // Backwards those that begin before: the selected one too, since others may begin with it.
  const time = at === null ? (to === "next" ? view.from : view.to) : at.details.start;
  const from = Math.round(time) + (at !== null && to === "previous" ? 1 : 0);
  const answers = await Promise.all(
    stage.sides.map(async ({ side }) => {
      const values = question(stage, state, side, from, to);
      if (values === null) return { side, matches: [] };
      const answer = await app.client.json<Found>("find", values, new AbortController().signal);
      if (!answer.ok) app.say(answer.error.message);
      return { side, matches: answer.ok ? answer.value.matches : [] };
    }),
  );
  const match = matchBehind(merged(answers, to), at);
  if (match !== null && match.event !== null) {
    const { side, track, event } = match;
    return actions.go({ side, track, event }, rangeOf(match.start, match.end));
  }
  for (const { side, matches } of answers) {
    const thread = matches.find(({ event }) => event === null);
    if (thread === undefined || at !== null) continue;
    stage.reveal.value = { side, track: thread.track, event: 0 };
    return app.say(`The thread ${labelText(thread.name, 60)}`);
  }
  app.say(`Nothing more is called ${labelText(state.search, 40)}`);
}
