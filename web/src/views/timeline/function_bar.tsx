// Where a function is on the timeline: whoever comes from its row sees the longest stretch of samples
// in it selected, and walks the others from here.

import { useEffect, useRef } from "preact/hooks";
import { countText, durationText } from "../../base/format";
import { labelText } from "../../base/label";
import { type Range, rangeOf, sameRange } from "../../base/time";
import { selectionOf } from "../../model/state";
import type { Prefs } from "../../model/timeline_prefs";
import type { ThreadName } from "../../model/timeline_types";
import { useApp } from "../../widgets/app_context";
import { ProblemNote } from "../../widgets/states";
import { useAnswer } from "../../widgets/use_answer";
import type { Actions } from "./actions";
import type { Stage } from "./stage";

interface Stretch {
  readonly thread: ThreadName;
  readonly track: string;
  readonly event: number;
  readonly start: number;
  readonly end: number;
  readonly samples: number;
  readonly cpu_ns: number;
}

interface Stretches {
  readonly key: string;
  readonly name: string;
  readonly samples: number;
  readonly cpu_ns: number;
  readonly stretches_total: number;
  readonly stretches: readonly Stretch[];
}

export interface FunctionBarProps {
  readonly stage: Stage;
  readonly actions: Actions;
  readonly prefs: Prefs;
}

export function FunctionBar(props: FunctionBarProps) {
  return props.prefs.of === "" ? null : <Bar key={props.prefs.of} {...props} />;
}

function Bar({ stage, actions, prefs }: FunctionBarProps) {
  const app = useApp();
  const state = app.store.state.value;
  const answer = useAnswer<Stretches>("stretches", {
    a: stage.sides[0]?.id,
    ...selectionOf(state),
    key: prefs.of,
  });
  const found = answer.isStale ? null : answer.value;
  const show = (stretch: Stretch, isFirst: boolean): void => {
    actions.showStretch(rangeOf(stretch.start, stretch.end), isFirst);
    stage.reveal.value = { side: "a", track: stretch.track, event: stretch.event };
    app.say(`${labelText(found?.name ?? "", 60)}: ${saidOf(stretch)}`);
  };
  // Once: whoever selects something else means that.
  const isDone = useRef(prefs.selected !== null || state.event !== "");
  useEffect(() => {
    const [longest] = found?.stretches ?? [];
    if (isDone.current || longest === undefined) return;
    isDone.current = true;
    show(longest, true);
  }, [found]);
  const close = (
    <button
      type="button"
      class="small plain"
      aria-label="Close the stretches of the function"
      onClick={() => actions.set({ of: "" }, true)}
    >
      ×
    </button>
  );
  if (answer.problem !== null) {
    return (
      <div class="tl-function">
        <ProblemNote problem={answer.problem} again={answer.again} />
        {close}
      </div>
    );
  }
  if (found === null) return null;
  const rangeAt = (at: number): Range | null => {
    const one = found.stretches[at];
    return one === undefined ? null : rangeOf(one.start, one.end);
  };
  const at = found.stretches.findIndex((_, i) => sameRange(rangeAt(i), prefs.selected));
  const here = found.stretches[at];
  const step = (by: number, text: string, label: string) => {
    const next = found.stretches[at + by];
    return (
      <button
        type="button"
        class="small"
        aria-label={label}
        title={label}
        disabled={next === undefined}
        onClick={() => next !== undefined && show(next, false)}
      >
        {text}
      </button>
    );
  };
  return (
    <div class="tl-function" role="note">
      {stage.sides.length > 1 && <b class="tl-side">A</b>}
      <b>
        <bdi>{labelText(found.name, 100)}</bdi>
      </b>
      {found.stretches.length === 0 ? (
        <span>No sample of what is shown went through it.</span>
      ) : (
        <>
          <span>{here === undefined ? "is not what is selected" : selectedText(at, here)}</span>
          <span class="tl-group">
            {step(-1, "‹", "The longer stretch before")}
            {step(1, "›", "The next shorter stretch")}
          </span>
          <span class="soft">
            In all {durationText(found.cpu_ns)} of CPU time, {countText(found.samples)} samples in{" "}
            {countText(found.stretches_total)}{" "}
            {found.stretches_total === 1 ? "stretch" : "stretches"}
            {found.stretches_total > found.stretches.length &&
              `; the ${found.stretches.length} longest can be walked`}
            .
          </span>
        </>
      )}
      {close}
    </div>
  );
}

function saidOf(stretch: Stretch): string {
  const count = stretch.samples === 1 ? "1 sample" : `${countText(stretch.samples)} samples`;
  return `${durationText(stretch.end - stretch.start)} on ${labelText(stretch.thread.name, 60)}, ${count} one behind the other`;
}

function selectedText(at: number, stretch: Stretch): string {
  const which = at === 0 ? "the longest stretch in it" : `stretch ${at + 1} by length`;
  return `Selected is ${which}: ${saidOf(stretch)}.`;
}
