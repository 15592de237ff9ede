// Memory that the program takes from pools of its own: what is live, who took it, what is left.

import { bytesText, countText, momentText } from "../../base/format";
import { shownText } from "../../base/text";
import { NameText } from "../../widgets/name_text";
import { Strip } from "../../widgets/strip";
import { SpanLink } from "./detail_links";
import { DetailTable, type DetailColumn, Lacking, number, text } from "./detail_table";
import { nameOfParts, paired } from "./details_match";
import type { DetailSide, Pool, PoolLeft, Pools, PoolSpan } from "./details_types";

const command = "hone report --pools --top 0";
const stripsMost = 12;
const nameOf = (pool: Pool): string => nameOfParts(pool.process, pool.name);

export function PoolsTab({ a, b }: { a: DetailSide; b: DetailSide | null }) {
  const [one, other] = [a.pools, b === null ? null : b.pools];
  return (
    <Lacking title="Pools of memory" a={one} b={other}>
      <Lost pools={one} side={b === null ? "" : "A: "} />
      {other !== null && <Lost pools={other} side="B: " />}
      <DetailTable
        title="Pools"
        a={one.pools}
        b={other === null ? null : other.pools}
        hidden={one.pools_hidden}
        command={command}
        nameOf={nameOf}
        columns={poolColumns(a, b)}
      />
      <LiveOverTime a={one} b={other} />
      <DetailTable
        title="Who allocates"
        note="By the innermost span around it."
        a={partsOf(one, (pool) => pool.spans)}
        b={other === null ? null : partsOf(other, (pool) => pool.spans)}
        nameOf={(row) => nameOfParts(row.pool, row.span)}
        columns={spanColumns}
      />
      <DetailTable
        title="Left at the end"
        note="What nobody had freed when the recording ended."
        a={partsOf(one, (pool) => pool.left)}
        b={other === null ? null : partsOf(other, (pool) => pool.left)}
        nameOf={(row) => nameOfParts(row.pool, row.span, String(row.size))}
        columns={leftColumns(a, b)}
      />
      <DetailTable
        title="Sizes"
        note="Of single allocations, by powers of two."
        a={partsOf(one, (pool) => pool.sizes)}
        b={other === null ? null : partsOf(other, (pool) => pool.sizes)}
        nameOf={(row) => nameOfParts(row.pool, String(row.over_bytes))}
        columns={sizeColumns}
      />
    </Lacking>
  );
}

function Lost({ pools, side }: { pools: Pools; side: string }) {
  if (pools.lost === 0) return null;
  return (
    <p class="detail-warning">
      {side}
      {countText(pools.lost)} marks of any kind were lost: what is live, left or freed twice may be
      wrong.
    </p>
  );
}

function LiveOverTime({ a, b }: { a: Pools; b: Pools | null }) {
  const rows = paired(a.pools, b === null ? [] : b.pools, nameOf).slice(0, stripsMost);
  if (rows.length === 0) return null;
  return (
    <section class="detail">
      <h2>Live over time</h2>
      <p class="soft">
        As it stood at equal steps; a peak between two of them is in the table above.
      </p>
      <div class="detail-strips">
        {rows.map((pair) => (
          <Strip
            key={pair.id}
            label={shownText((pair.a ?? pair.b)?.name ?? "", 60)}
            values={pair.a?.live_over_time ?? []}
            other={b === null ? undefined : (pair.b?.live_over_time ?? [])}
            text={bytesText}
            height={40}
          />
        ))}
      </div>
    </section>
  );
}

function partsOf<T extends object>(
  pools: Pools,
  pick: (pool: Pool) => readonly T[],
): readonly (T & { readonly pool: string })[] {
  return pools.pools.flatMap((pool) => pick(pool).map((row) => ({ ...row, pool: pool.name })));
}

function wrongs(pool: Pool): string {
  const parts: readonly (readonly [number, string])[] = [
    [pool.freed_twice, "freed twice"],
    [pool.freed_unknown, "freed and not allocated here"],
    [pool.taken_twice, "allocated where something was live"],
    [pool.resets, "resets"],
  ];
  const said = parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${countText(count)} ${what}`);
  return said.length === 0 ? "–" : said.join(", ");
}

// A moment counts from the start of its own recording.
function moment(a: DetailSide, b: DetailSide | null, ns: number, isOfB: boolean): string {
  return momentText(ns - (isOfB && b !== null ? b : a).start_ns);
}

function poolColumns(a: DetailSide, b: DetailSide | null): readonly DetailColumn<Pool>[] {
  return [
    text("name", "Pool", "minmax(9rem, 1.4fr)", (row) => <NameText text={row.name} />),
    number("peak", "Peak", "bytes", (row) => row.peak_bytes, {
      isCompared: true,
      hint: "The most that was live at a time",
    }),
    text("at", "At", "7rem", (row, isOfB) => moment(a, b, row.peak_ns, isOfB)),
    number("live", "Live at end", "bytes", (row) => row.live_bytes, {
      isCompared: true,
      width: "7rem",
    }),
    number("in", "In", "count", (row) => row.live, { hint: "Pieces that are live at the end" }),
    number("allocated", "Allocated", "bytes", (row) => row.allocated_bytes, {
      isCompared: true,
      width: "6.4rem",
    }),
    number("times", "Times", "count", (row) => row.allocations, { isCompared: true }),
    number("freed", "Freed", "count", (row) => row.frees),
    number(
      "p50",
      "Lives 50%",
      "ns",
      (row) => (row.lifetime.count > 0 ? row.lifetime.p50_ns : null),
      { hint: "Half of them live shorter", width: "6.6rem" },
    ),
    number(
      "p99",
      "Lives 99%",
      "ns",
      (row) => (row.lifetime.count > 0 ? row.lifetime.p99_ns : null),
      { width: "6.6rem" },
    ),
    text("notes", "Notes", "minmax(9rem, 1fr)", wrongs),
  ];
}

const spanColumns: readonly DetailColumn<PoolSpan & { readonly pool: string }>[] = [
  text("span", "Span", "minmax(9rem, 1.4fr)", (row) => <SpanLink name={row.span} />),
  text("pool", "Pool", "minmax(7rem, 1fr)", (row) => <NameText text={row.pool} />),
  number("bytes", "Allocated", "bytes", (row) => row.bytes, { isCompared: true, width: "6.4rem" }),
  number("count", "Times", "count", (row) => row.count, { isCompared: true }),
  number("live", "Live at end", "bytes", (row) => row.live_bytes, {
    isCompared: true,
    width: "7rem",
  }),
];

function leftColumns(
  a: DetailSide,
  b: DetailSide | null,
): readonly DetailColumn<PoolLeft & { readonly pool: string }>[] {
  return [
    text("span", "Span", "minmax(9rem, 1.4fr)", (row) => <SpanLink name={row.span} />),
    text("pool", "Pool", "minmax(7rem, 1fr)", (row) => <NameText text={row.pool} />),
    number("bytes", "Left", "bytes", (row) => row.bytes, { isCompared: true }),
    number("count", "Pieces", "count", (row) => row.count, { isCompared: true }),
    number("size", "Of", "bytes", (row) => row.size, { hint: "The size of each" }),
    text("first", "Oldest at", "8rem", (row, isOfB) => moment(a, b, row.first_ns, isOfB)),
  ];
}

const sizeColumns: readonly DetailColumn<Pool["sizes"][number] & { readonly pool: string }>[] = [
  text("pool", "Pool", "minmax(9rem, 1.4fr)", (row) => <NameText text={row.pool} />),
  number("over", "Over", "bytes", (row) => row.over_bytes),
  number("up-to", "Up to", "bytes", (row) => row.up_to_bytes ?? null),
  number("count", "Times", "count", (row) => row.count, { isCompared: true }),
  number("bytes", "Allocated", "bytes", (row) => row.bytes, { isCompared: true, width: "6.4rem" }),
];
