// The lock of the selected event: who holds it, who waits, and the ways to both.

import { countText, durationText } from "../../base/format";
import { labelText } from "../../base/label";
import { rangeOf } from "../../base/time";
import type { LockEvent } from "../../model/timeline_types";
import type { Actions } from "./actions";
import { Facts, Rows } from "./facts";
import type { Selected } from "./stage";

export function LockView({ selected, actions }: { selected: Selected; actions: Actions }) {
  const { side, details } = selected;
  const { lock } = details;
  if (!lock) return null;
  const link = (one: LockEvent) => {
    const { event } = one;
    const text = labelText(one.thread?.name ?? one.name, 60);
    const isHere = event === details.event && one.track === details.track;
    if (event === null || isHere) return <bdi>{text}</bdi>;
    return (
      <button
        type="button"
        class="tl-link"
        onClick={() => actions.go({ side, track: one.track, event }, rangeOf(one.start, one.end))}
      >
        <bdi>{text}</bdi>
      </button>
    );
  };
  const row = (says: string, one: LockEvent) =>
    [
      <>
        {says} {link(one)}
      </>,
      durationText(one.end - one.start),
    ] as const;
  const rest = (count: number, shown: readonly LockEvent[], says: string) =>
    count > shown.length ? [[`${says} ${countText(count - shown.length)} more`, ""] as const] : [];
  const isHold = lock.role === "holds";
  return (
    <Facts title={`Lock ${labelText(lock.name, 80)}`}>
      <Rows
        rows={[
          row(isHold ? "held by" : "waited for by", lock.own),
          ...lock.holders.map((one) => row(isHold ? "meanwhile held by" : "held by", one)),
          ...rest(lock.holder_count, lock.holders, "held by"),
          ...lock.waiters.map((one) => row(isHold ? "waited for by" : "also waited for by", one)),
          ...rest(lock.waiter_count, lock.waiters, "waited for by"),
        ]}
      />
      {!isHold && lock.holder_count === 0 && (
        <p class="soft">Who held it meanwhile is not recorded.</p>
      )}
      {isHold && lock.waiter_count === 0 && <p class="soft">Nobody waited for it meanwhile.</p>}
    </Facts>
  );
}
