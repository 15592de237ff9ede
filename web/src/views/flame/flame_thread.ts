// Which thread the order of time is of.

import type { Thread } from "../../engine/types";
import { selectionOf, sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { useAnswer } from "../../widgets/use_answer";
import { settingsOf } from "./flame_question";

interface TimelineThreads {
  readonly threads: readonly Thread[];
}

interface ByThread {
  readonly rows: readonly { readonly name: string }[];
}

export interface TimeThread {
  readonly id: string; // "" while it is not known
  readonly threads: readonly Thread[];
}

export function useTimeThread(weight: string | null): TimeThread {
  const state = useApp().store.state.value;
  const settings = settingsOf(state);
  const isAsked = settings.mode === "time" && weight !== null;
  const { a } = sidesOf(state) as { a: string | null };
  const list = useAnswer<TimelineThreads>("timeline", isAsked ? { a } : null);
  const busiest = useAnswer<ByThread>(
    "functions",
    isAsked ? { a, ...selectionOf(state), weight, by: "thread", limit: 1 } : null,
  );
  const threads = list.value?.threads ?? [];
  if (settings.thread !== "") return { id: settings.thread, threads };
  if (list.value === null || (busiest.value === null && busiest.problem === null)) {
    return { id: "", threads };
  }
  const name = busiest.value?.rows[0]?.name;
  const id = threads.find((thread) => thread.name === name)?.id ?? threads[0]?.id;
  return { id: id === undefined ? "" : `${id}`, threads };
}
