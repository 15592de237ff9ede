// The tabs beside Functions and Spans, all of one answer: it is fetched when the first is shown.

import { selectionOf, sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { ProblemNote, Skeleton } from "../../widgets/states";
import { useAnswer } from "../../widgets/use_answer";
import { CountersTab } from "./counters_tab";
import type { Details } from "./details_types";
import { GpuTab } from "./gpu_tab";
import { LocksTab } from "./locks_tab";
import { PlotsTab } from "./plots_tab";
import { PoolsTab } from "./pools_tab";
import { WaitsTab } from "./waits_tab";

export const detailTabs = [
  { id: "waits", says: "Waits", hint: "Where threads were when they did not run" },
  { id: "locks", says: "Locks", hint: "Locks that the program marks: who waits, who holds" },
  { id: "pools", says: "Pools", hint: "Memory that the program takes from pools of its own" },
  { id: "plots", says: "Plots", hint: "Values that the program plots over time" },
  { id: "gpu", says: "GPU", hint: "Queues of GPUs, and whether frames wait for them" },
  { id: "counters", says: "Counters", hint: "What the system counted, over time" },
] as const;
export type DetailTab = (typeof detailTabs)[number]["id"];

const views = {
  waits: WaitsTab,
  locks: LocksTab,
  pools: PoolsTab,
  plots: PlotsTab,
  gpu: GpuTab,
  counters: CountersTab,
} as const;

export function DetailsTabs({ tab }: { tab: DetailTab }) {
  const state = useApp().store.state.value;
  const answer = useAnswer<Details>("details", { ...sidesOf(state), ...selectionOf(state) });
  if (answer.problem !== null) return <ProblemNote problem={answer.problem} again={answer.again} />;
  if (answer.value === null) return <Skeleton says="Adding up" />;
  const View = views[tab];
  return (
    <div class={`details ${answer.isStale ? "is-stale" : ""}`}>
      <View a={answer.value.a} b={answer.value.b} />
    </div>
  );
}
