// Locks that the program marks: who waits for them, who holds them, and for how long.

import { countText } from "../../base/format";
import { onPage } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { NameText, PlaceText } from "../../widgets/name_text";
import { Share } from "../../widgets/numbers";
import { ThreadLink } from "./detail_links";
import { DetailTable, type DetailColumn, Lacking, number, text } from "./detail_table";
import { nameOfParts } from "./details_match";
import type { DetailSide, Lock, LockPair, Locks, LockThread, Times } from "./details_types";

const command = "hone report --locks --top 0";

export function LocksTab({ a, b }: { a: DetailSide; b: DetailSide | null }) {
  const { store } = useApp();
  const [one, other] = [a.locks, b === null ? null : b.locks];
  const nameOf = (lock: Lock): string => nameOfParts(lock.process, lock.name);
  return (
    <>
      {one.absent !== undefined && <OtherLocks />}
      <Lacking title="Locks" a={one} b={other}>
        <p>
          <button
            type="button"
            class="small"
            onClick={() =>
              store.set(onPage(store.state.value, "flame", { weight: "lock-wait", search: "" }))
            }
          >
            Flame graph of waiting for locks
          </button>
        </p>
        <Lost locks={one} side={b === null ? "" : "A: "} />
        {other !== null && <Lost locks={other} side="B: " />}
        <DetailTable
          title="Standstill at the end"
          note="Each still waits for a lock that the next one holds; the last waits for the first."
          a={one.standstill}
          b={other === null ? null : other.standstill}
          nameOf={(row) => nameOfParts(row.name, row.lock)}
          columns={standstillColumns}
        />
        <DetailTable
          title="Waiting for locks"
          a={one.locks}
          b={other === null ? null : other.locks}
          hidden={one.locks_hidden}
          command={command}
          nameOf={nameOf}
          columns={waitColumns}
        />
        <DetailTable
          title="Holding them"
          a={held(one)}
          b={other === null ? null : held(other)}
          nameOf={nameOf}
          columns={holdColumns}
        />
        <DetailTable
          title="Who waits for whom"
          note="By who held the lock meanwhile."
          a={pairsOf(one)}
          b={other === null ? null : pairsOf(other)}
          nameOf={(row) => nameOfParts(row.lock, row.waiter, row.owner ?? "")}
          columns={pairColumns}
        />
        <DetailTable
          title="Threads that wait for locks"
          a={one.threads}
          b={other === null ? null : other.threads}
          hidden={one.threads_hidden}
          command={command}
          nameOf={(row) => row.name}
          columns={threadColumns}
        />
      </Lacking>
    </>
  );
}

// Locks that nobody marks are waited for all the same.
function OtherLocks() {
  const { store } = useApp();
  return (
    <p>
      Where threads wait for locks that are not marked stands under{" "}
      <button
        type="button"
        class="small"
        onClick={() =>
          store.set(onPage(store.state.value, "functions", { more: { "functions.tab": "waits" } }))
        }
      >
        Waits
      </button>
    </p>
  );
}

function Lost({ locks, side }: { locks: Locks; side: string }) {
  if (locks.lost === 0) return null;
  return (
    <p class="detail-warning">
      {side}
      {countText(locks.lost)} marks of any kind were lost: sums are too small.
    </p>
  );
}

function held(locks: Locks): readonly Lock[] {
  return locks.locks
    .filter((lock) => lock.acquisitions > 0)
    .sort((one, other) => other.hold.total_ns - one.hold.total_ns);
}

type PairRow = LockPair & { readonly lock: string };

function pairsOf(locks: Locks): readonly PairRow[] {
  return locks.locks
    .flatMap((lock) => lock.pairs.map((pair) => ({ ...pair, lock: lock.name })))
    .sort((one, other) => other.ns - one.ns);
}

// What the program did that its times do not say: "3 given up, 1 still waiting at the end".
function notes(...parts: readonly (readonly [number, string])[]): string {
  const said = parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${countText(count)} ${what}`);
  return said.length === 0 ? "–" : said.join(", ");
}

function distribution(times: (lock: Lock) => Times): readonly DetailColumn<Lock>[] {
  const one = (id: string, title: string, pick: (times: Times) => number): DetailColumn<Lock> =>
    number(id, title, "ns", (lock) => (times(lock).count > 0 ? pick(times(lock)) : null), {
      isCompared: id === "p50" || id === "most",
    });
  return [
    one("mean", "Mean", (t) => t.mean_ns),
    one("p50", "Median", (t) => t.p50_ns),
    one("p95", "p95", (t) => t.p95_ns),
    one("p99", "p99", (t) => t.p99_ns),
    one("most", "Longest", (t) => t.most_ns),
  ];
}

const nameColumn = text<Lock>("name", "Lock", "minmax(9rem, 1.4fr)", (row) => (
  <NameText text={row.name} />
));

const waitColumns: readonly DetailColumn<Lock>[] = [
  nameColumn,
  number("wait", "Waited", "ns", (row) => row.wait.total_ns, { isCompared: true }),
  number("waits", "Waits", "count", (row) => row.wait.count, { isCompared: true }),
  number(
    "contended",
    "Of takes",
    "share",
    (row) => (row.acquisitions > 0 ? row.contended / row.acquisitions : null),
    {
      hint: "How many of the times it was taken a thread had to wait",
    },
  ),
  ...distribution((lock) => lock.wait),
  text("place", "Where", "minmax(8rem, 0.8fr)", (row) => (
    <PlaceText file={row.file} line={row.line} />
  )),
  text("notes", "Notes", "minmax(9rem, 1fr)", (row) =>
    notes(
      [row.objects > 1 ? row.objects : 0, "objects"],
      [row.gave_up, "given up"],
      [row.still_waiting, "still waiting at the end"],
    ),
  ),
];

const holdColumns: readonly DetailColumn<Lock>[] = [
  nameColumn,
  number("hold", "Held", "ns", (row) => row.hold.total_ns, { isCompared: true }),
  number("takes", "Takes", "count", (row) => row.acquisitions, { isCompared: true }),
  ...distribution((lock) => lock.hold),
  number("threads", "Threads", "count", (row) => row.threads),
  text("notes", "Notes", "minmax(9rem, 1fr)", (row) =>
    notes(
      [row.shared, "shared"],
      [row.hold_unknown, "not known how long"],
      [row.still_held, "still held at the end"],
    ),
  ),
];

const pairColumns: readonly DetailColumn<PairRow>[] = [
  text("waiter", "Thread", "minmax(8rem, 1fr)", (row) => (
    <NameText text={`${row.waiter} (${row.waiter_tid})`} />
  )),
  text("owner", "Waits for", "minmax(8rem, 1fr)", (row) =>
    row.owner === undefined ? (
      <span class="soft">nobody held it: handed over, or not recorded</span>
    ) : (
      <NameText text={`${row.owner} (${row.owner_tid ?? ""})`} />
    ),
  ),
  text("lock", "Lock", "minmax(8rem, 1fr)", (row) => <NameText text={row.lock} />),
  number("ns", "Waited", "ns", (row) => row.ns, { isCompared: true }),
  number("count", "Waits", "count", (row) => row.count, { isCompared: true }),
];

const threadColumns: readonly DetailColumn<LockThread>[] = [
  text("name", "Thread", "minmax(8rem, 1fr)", (row, isOfB) => (
    <ThreadLink name={row.name} id={isOfB ? undefined : row.id} />
  )),
  text("tid", "TID", "5rem", (row) => String(row.tid)),
  number("wait", "Waited", "ns", (row) => row.wait_ns, { isCompared: true }),
  text("share", "Of its life", "9rem", (row) => (
    <Share value={row.life_ns > 0 ? row.wait_ns / row.life_ns : 0} />
  )),
  text("lock", "Most for", "minmax(8rem, 1fr)", (row) => <NameText text={row.lock} />),
  number("lock-wait", "For that", "ns", (row) => row.lock_wait_ns),
];

const standstillColumns: readonly DetailColumn<Locks["standstill"][number]>[] = [
  text("name", "Thread", "minmax(8rem, 1fr)", (row) => (
    <NameText text={`${row.name} (${row.tid})`} />
  )),
  text("lock", "Waits for lock", "minmax(8rem, 1fr)", (row) => <NameText text={row.lock} />),
  number("wait", "Since", "ns", (row) => row.wait_ns),
];
