// Where threads were when they did not run: by kind, by place of the program, by thread, and who
// ended the waits.

import { countText, durationText } from "../../base/format";
import { NameText, PlaceText } from "../../widgets/name_text";
import { Share } from "../../widgets/numbers";
import { FunctionLink, StacksLink, ThreadLink } from "./detail_links";
import { DetailTable, type DetailColumn, Lacking, number, text } from "./detail_table";
import { isEstimate, type KindRow, kindRows, nameOfParts } from "./details_match";
import type { DetailSide, Waits, Waker, WaitSite, WaitThread } from "./details_types";

const command = "hone report --waits --top 0";

export function WaitsTab({ a, b }: { a: DetailSide; b: DetailSide | null }) {
  const [one, other] = [a.waits, b === null ? null : b.waits];
  const texts = { ...other?.kind_texts, ...one.kind_texts };
  return (
    <Lacking title="Waits" a={one} b={other}>
      <How waits={one} side={b === null ? "" : "A: "} />
      {other !== null && <How waits={other} side="B: " />}
      <DetailTable
        title="Where their time went"
        note="Of the life of all threads together."
        a={kindsOf(one)}
        b={other === null ? null : kindsOf(other)}
        nameOf={(row) => row.text}
        columns={kindColumns}
      />
      <DetailTable
        title="Where they wait"
        note="A place of the program, and what it waited for there. A name leads to its source, Flame to its stacks by blocked time."
        a={one.sites ?? []}
        b={other === null ? null : (other.sites ?? [])}
        hidden={one.sites_hidden}
        command={command}
        nameOf={(row) => nameOfParts(row.kind, row.function, row.through)}
        columns={siteColumns(texts)}
        none="No wait with a place was seen."
      />
      <DetailTable
        title="Threads"
        a={one.threads ?? []}
        b={other === null ? null : (other.threads ?? [])}
        hidden={one.threads_hidden}
        command={command}
        nameOf={(row) => nameOfParts(row.process, row.name)}
        columns={threadColumns}
      />
      <DetailTable
        title="Who wakes whom"
        {...(one.no_wakers_reason !== undefined && { note: `Not known: ${one.no_wakers_reason}` })}
        a={one.wakers ?? []}
        b={other === null ? null : (other.wakers ?? [])}
        hidden={one.wakers_hidden}
        command={command}
        nameOf={(row) => nameOfParts(row.kind, row.name, row.woken)}
        columns={wakerColumns(texts)}
        {...(one.no_wakers_reason !== undefined && { none: "No waker was recorded." })}
      />
    </Lacking>
  );
}

function kindsOf(waits: Waits): readonly KindRow[] {
  return waits.all === undefined ? [] : kindRows(waits.all, waits.kind_texts ?? {});
}

function How({ waits, side }: { waits: Waits; side: string }) {
  if (waits.all === undefined) return null;
  const estimated = waits.estimated_ns ?? 0;
  const threads = (waits.threads ?? []).length + (waits.threads_hidden ?? 0);
  return (
    <div class="soft">
      <p>
        {side}
        {durationText(waits.all.life_ns)} that{" "}
        {threads === 1 ? "1 thread" : `${countText(threads)} threads`} lived.
        {estimated > 0 &&
          ` Times are measured, every one; the causes of ${durationText(estimated)} are estimated from other waits of the same thread, and marked ~.`}
      </p>
      <details>
        <summary>How it was measured</summary>
        <p>{waits.method}.</p>
      </details>
    </div>
  );
}

function estimate<T extends { ns: number; estimated_ns: number }>(): Partial<DetailColumn<T>> {
  return { isCompared: true, isEstimate: (row) => isEstimate(row.ns, row.estimated_ns) };
}

function estimated<T extends { estimated_ns: number }>(): DetailColumn<T> {
  return number(
    "estimated",
    "Estimated",
    "ns",
    (row) => (row.estimated_ns > 0 ? row.estimated_ns : null),
    {
      hint: "Of the time: its cause is taken from other waits of the same thread",
      width: "6rem",
    },
  );
}

const kindColumns: readonly DetailColumn<KindRow>[] = [
  text("text", "What", "minmax(14rem, 2fr)", (row) => row.text),
  text(
    "share",
    "Share",
    "9rem",
    (row, isOfB) => (isOfB ? "–" : <Share value={row.share} />),
    "Of the life of all threads, of A in a comparison",
  ),
  number("ns", "Time", "ns", (row) => row.ns, estimate<KindRow>()),
  number("count", "Waits", "count", (row) => (row.count > 0 ? row.count : null), {
    isCompared: true,
  }),
  estimated<KindRow>(),
];

function siteColumns(texts: Readonly<Record<string, string>>): readonly DetailColumn<WaitSite>[] {
  return [
    text("function", "Function", "minmax(13rem, 2fr)", (row) => (
      <FunctionLink name={row.function} keyText={row.key} weight="off-cpu" />
    )),
    text("stacks", "Stacks", "4.4rem", (row) => (
      <StacksLink name={row.function} keyText={row.key} weight="off-cpu" />
    )),
    text("kind", "For", "minmax(8rem, 0.8fr)", (row) => texts[row.kind] ?? row.kind),
    text("through", "Through", "minmax(8rem, 0.9fr)", (row) => (
      <NameText text={row.through} none="–" />
    )),
    text("place", "Where", "minmax(8rem, 0.8fr)", (row) => (
      <PlaceText file={row.file ?? ""} line={row.line ?? 0} />
    )),
    number("ns", "Time", "ns", (row) => row.ns, estimate<WaitSite>()),
    number("count", "Seen", "count", (row) => row.count, {
      hint: "Waits that were seen there",
      isCompared: true,
    }),
    number("longest", "Longest", "ns", (row) => (row.longest_ns > 0 ? row.longest_ns : null)),
    estimated<WaitSite>(),
  ];
}

const threadColumns: readonly DetailColumn<WaitThread>[] = [
  text("name", "Thread", "minmax(9rem, 1.4fr)", (row, isOfB) => (
    <ThreadLink name={row.name} id={isOfB ? undefined : row.id} />
  )),
  text("process", "Process", "minmax(7rem, 1fr)", (row) => (
    <NameText text={row.process} none="–" />
  )),
  text("tid", "TID", "5rem", (row) => String(row.tid)),
  number("running", "Running", "ns", (row) => row.running_ns, { isCompared: true }),
  number("no-cpu", "No CPU", "ns", (row) => row.waiting_for_cpu_ns, {
    hint: "It could run, and had no CPU",
    isCompared: true,
  }),
  number("blocked", "Blocked", "ns", (row) => row.blocked_ns, { isCompared: true }),
  number("lost", "Not known", "ns", (row) => (row.not_known_ns > 0 ? row.not_known_ns : null), {
    hint: "Records were lost: it ran, or waited",
    width: "6.4rem",
  }),
  number("life", "Life", "ns", (row) => row.life_ns),
];

function wakerColumns(texts: Readonly<Record<string, string>>): readonly DetailColumn<Waker>[] {
  return [
    text("name", "Ended by", "minmax(9rem, 1fr)", (row) => (
      <NameText text={`${row.name} (${row.tid})`} />
    )),
    text("woken", "Woken", "minmax(9rem, 1fr)", (row) => (
      <NameText text={`${row.woken} (${row.woken_tid})`} />
    )),
    text("kind", "For", "minmax(8rem, 0.8fr)", (row) => texts[row.kind] ?? row.kind),
    number("ns", "Time", "ns", (row) => row.ns, {
      hint: "That the woken ones had waited",
      isCompared: true,
    }),
    number("count", "Waits", "count", (row) => row.count, { isCompared: true }),
  ];
}
