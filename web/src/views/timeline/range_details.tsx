// What threads did in a selected stretch, which locks they used, what they allocated: from the
// tables of `details`, of this stretch alone.

import type { ComponentChildren } from "preact";
import { bytesText, countText, durationText, percentText } from "../../base/format";
import { labelText } from "../../base/label";
import type { Values } from "../../engine/client";
import type { Absent } from "../../engine/types";
import { AbsentNote, ProblemNote, Skeleton } from "../../widgets/states";
import { useAnswer } from "../../widgets/use_answer";
import type { Stage } from "./stage";

// The parts of `details` that are shown here; docs/reference/json.md has all.
interface Times {
  readonly count: number;
  readonly total_ns: number;
  readonly most_ns: number;
}
interface Details {
  readonly a: {
    readonly waits: {
      readonly absent?: Absent;
      readonly kind_texts?: Readonly<Record<string, string>>;
      readonly all?: {
        readonly life_ns: number;
        readonly running_ns: number;
        readonly waiting_for_cpu_ns: number;
        readonly not_known_ns: number;
        readonly kinds: Readonly<Record<string, { readonly ns: number; readonly count: number }>>;
      };
    };
    readonly locks: {
      readonly absent?: Absent;
      readonly locks: readonly {
        readonly name: string;
        readonly process: string;
        readonly acquisitions: number;
        readonly wait: Times;
        readonly hold: Times;
        readonly pairs: readonly {
          readonly waiter: string;
          readonly owner?: string;
          readonly ns: number;
        }[];
      }[];
      readonly locks_hidden?: number;
    };
    readonly pools: {
      readonly absent?: Absent;
      readonly pools: readonly {
        readonly name: string;
        readonly process: string;
        readonly allocations: number;
        readonly allocated_bytes: number;
        readonly spans: readonly { readonly span: string; readonly bytes: number }[];
        readonly left: readonly { readonly count: number; readonly bytes: number }[];
      }[];
    };
  };
}

function Of({
  values,
  children,
}: {
  values: Values;
  children: (details: Details["a"]) => ComponentChildren;
}) {
  const answer = useAnswer<Details>("details", values);
  if (answer.problem !== null) return <ProblemNote problem={answer.problem} again={answer.again} />;
  if (answer.value === null) return <Skeleton rows={3} />;
  return <>{children(answer.value.a)}</>;
}

// The first column is text, the others are numbers.
function Table({
  heads,
  rows,
}: {
  heads: readonly string[];
  rows: readonly (readonly ComponentChildren[])[];
}) {
  const place = (i: number) => (i === 0 ? {} : { class: "number" });
  return (
    <table class="tl-list">
      <thead>
        <tr>
          {heads.map((head, i) => (
            <th key={head} {...place(i)}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, r) => (
          <tr key={r}>
            {row.map((cell, i) => (
              <td key={i} {...place(i)}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function RangeStates({ values }: { values: Values }) {
  return (
    <Of values={values}>
      {({ waits }) => {
        const { all, kind_texts: texts } = waits;
        if (waits.absent !== undefined) return <AbsentNote absent={waits.absent} />;
        if (all === undefined || all.life_ns === 0) {
          return <p class="soft">No thread lived in this stretch.</p>;
        }
        const row = (name: string, ns: number, count: number | null) => [
          <bdi>{labelText(name, 120)}</bdi>,
          durationText(ns),
          percentText(ns / all.life_ns),
          count === null ? "" : countText(count),
        ];
        const kinds = Object.entries(all.kinds)
          .filter(([, { ns }]) => ns > 0)
          .sort(([, one], [, other]) => other.ns - one.ns);
        return (
          <Table
            heads={["State", "time", "of all threads' time", "waits"]}
            rows={[
              row("running", all.running_ns, null),
              row("waiting for a CPU", all.waiting_for_cpu_ns, null),
              ...kinds.map(([kind, { ns, count }]) =>
                row(`blocked: ${texts?.[kind] ?? kind}`, ns, count),
              ),
              ...(all.not_known_ns > 0 ? [row("not known", all.not_known_ns, null)] : []),
            ]}
          />
        );
      }}
    </Of>
  );
}

export function RangeLocks({ values, stage }: { values: Values; stage: Stage }) {
  // To the lock's row, where one lock alone has that name.
  const link = (name: string) => {
    const tracks = (stage.sides[0]?.timeline.tracks ?? []).filter(
      (track) => track.kind === "lock" && track.name.startsWith(`${name} 0x`),
    );
    const [track] = tracks;
    const text = <bdi>{labelText(name, 100)}</bdi>;
    if (track === undefined || tracks.length > 1) return text;
    const show = (): void => {
      stage.reveal.value = { side: "a", track: track.id, event: 0 };
    };
    return (
      <button type="button" class="tl-link" title="Show its row" onClick={show}>
        {text}
      </button>
    );
  };
  return (
    <Of values={values}>
      {({ locks }) => {
        const used = locks.locks.filter(({ acquisitions, wait }) => acquisitions + wait.count > 0);
        if (used.length === 0) {
          const isMarked = stage.sides[0]?.timeline.tracks.some(({ kind }) => kind === "lock");
          if (isMarked !== true && locks.absent !== undefined) {
            return <AbsentNote absent={locks.absent} />;
          }
          return <p class="soft">No use of a lock ended in this stretch.</p>;
        }
        return (
          <Table
            heads={["Lock", "waited", "waits", "longest", "held", "takes", "most of it"]}
            rows={used.map(({ name, wait, hold, acquisitions, pairs }) => {
              const [pair] = pairs;
              return [
                link(name),
                durationText(wait.total_ns),
                countText(wait.count),
                wait.count > 0 ? durationText(wait.most_ns) : "",
                durationText(hold.total_ns),
                countText(acquisitions),
                pair === undefined ? (
                  ""
                ) : (
                  <bdi>
                    {labelText(pair.waiter, 40)} for {labelText(pair.owner ?? "nobody known", 40)}:{" "}
                    {durationText(pair.ns)}
                  </bdi>
                ),
              ];
            })}
          />
        );
      }}
    </Of>
  );
}

export function RangeAllocations({ values }: { values: Values }) {
  // Of malloc, as far as recordings hold it.
  const heap = useAnswer<{ readonly absent?: Absent | null }>("page", {
    a: values["a"] ?? null,
    name: "memory",
  });
  return (
    <Of values={values}>
      {({ pools }) => {
        const used = pools.pools.filter(({ allocations }) => allocations > 0);
        const absent = heap.value?.absent ?? null;
        return (
          <>
            {used.length > 0 ? (
              <Table
                heads={["Pool", "allocations", "bytes", "of these left at the end", "most in"]}
                rows={used.map(({ name, allocations, allocated_bytes: bytes, left, spans }) => {
                  const leftBytes = left.reduce((sum, one) => sum + one.bytes, 0);
                  const [span] = [...spans].sort((one, other) => other.bytes - one.bytes);
                  return [
                    <bdi>{labelText(name, 100)}</bdi>,
                    countText(allocations),
                    bytesText(bytes),
                    bytesText(leftBytes),
                    <bdi>{span === undefined ? "" : labelText(span.span, 60) || "no span"}</bdi>,
                  ];
                })}
              />
            ) : pools.absent === undefined ? (
              <p class="soft">The program's pools gave nothing out in this stretch.</p>
            ) : (
              <AbsentNote absent={pools.absent} title="Pools" />
            )}
            {absent !== null && <AbsentNote absent={absent} title="malloc" />}
          </>
        );
      }}
    </Of>
  );
}
