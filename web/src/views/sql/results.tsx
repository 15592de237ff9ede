// Rows of a query: as a table, as bars, on the timeline, as a file.

import { useMemo, useState } from "preact/hooks";
import { countText, durationText } from "../../base/format";
import { ns, rangeOf } from "../../base/time";
import { onPage } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { type Column, DataTable } from "../../widgets/data_table";
import { barColumns, cellText, columnWidth, csvText, timeColumns } from "./result_shape";
import type { Cell, Rows } from "./sql_types";

type Row = readonly Cell[];
const barsMax = 60;

export function Results({ rows }: { rows: Rows }) {
  const { store } = useApp();
  const [view, setView] = useState<"table" | "bars">("table");
  const [selected, setSelected] = useState("");
  const [sort, setSort] = useState<{ column: string; order: "asc" | "desc" } | null>(null);
  const times = timeColumns(rows);
  const bars = barColumns(rows);
  const sorted = useMemo(() => sortRows(rows, sort), [rows, sort]);
  const columns = useMemo(
    () =>
      rows.columns.map(({ name }, i): Column<Row> => ({
        id: String(i),
        title: name,
        width: columnWidth(rows, i),
        isNumber: rows.rows.some((row) => typeof row[i] === "number"),
        sortable: true,
        cell: (row) => <span title={String(row[i] ?? "")}>{cellText(row[i] ?? null, name)}</span>,
      })),
    [rows],
  );
  const show = (row: Row | undefined): void => {
    if (times === null || row === undefined) return;
    const from = Number(row[times.ts]);
    const length = Math.max(1, times.dur === null ? 1_000_000 : Number(row[times.dur]));
    const view = rangeOf(ns(from - length), ns(from + 2 * length));
    store.set(onPage(store.state.value, "timeline", { view, event: "" }));
  };
  return (
    <div class="sql-results">
      <div class="toolbar">
        <span role="status">
          {countText(rows.row_count)} {rows.row_count === 1 ? "row" : "rows"} in{" "}
          {durationText(rows.elapsed_ns)}
          <span class="soft"> · {countText(rows.touched)} looked at</span>
        </span>
        {rows.cut && (
          <b class="bad">There are more: these are the first. Raise the limit, or ask for less.</b>
        )}
        <span class="grow" />
        {bars !== null && (
          <button
            type="button"
            class="small"
            aria-pressed={view === "bars"}
            onClick={() => setView(view === "bars" ? "table" : "bars")}
          >
            Chart
          </button>
        )}
        {times !== null && (
          <button
            type="button"
            class="small"
            disabled={rows.rows.length === 0}
            onClick={() => show(sorted[Math.max(0, Number(selected || 0))])}
          >
            Show on the timeline
          </button>
        )}
        <button
          type="button"
          class="small"
          onClick={() => save("rows.csv", csvText(rows), "text/csv")}
        >
          CSV
        </button>
        <button
          type="button"
          class="small"
          onClick={() => save("rows.json", jsonText(rows), "application/json")}
        >
          JSON
        </button>
      </div>
      {view === "bars" && bars !== null ? (
        <BarList rows={rows} label={bars.label} value={bars.value} />
      ) : (
        <DataTable
          label="Rows"
          columns={columns}
          rows={sorted}
          rowKey={(_, index) => String(index)}
          selected={selected}
          onSelect={(row) => setSelected(String(sorted.indexOf(row)))}
          onOpen={show}
          {...(sort === null ? {} : { sort: sort.column, order: sort.order })}
          onSort={(column, order) => setSort({ column, order })}
        />
      )}
    </div>
  );
}

function sortRows(
  rows: Rows,
  sort: { readonly column: string; readonly order: "asc" | "desc" } | null,
): readonly Row[] {
  if (sort === null) return rows.rows;
  const index = Number(sort.column);
  const sign = sort.order === "asc" ? 1 : -1;
  return [...rows.rows].sort((one, other) => {
    const a = one[index] ?? null;
    const b = other[index] ?? null;
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * String(a ?? "").localeCompare(String(b ?? ""));
  });
}

function BarList({ rows, label, value }: { rows: Rows; label: number; value: number }) {
  const shown = rows.rows.slice(0, barsMax);
  const top = Math.max(...shown.map((row) => Number(row[value] ?? 0)), Number.MIN_VALUE);
  const name = rows.columns[value]?.name ?? "";
  return (
    <div class="bar-list" role="img" aria-label={`${name}, as bars`}>
      {shown.map((row, i) => (
        <div key={i} class="bar-row">
          <span class="bar-label" title={String(row[label])}>
            {String(row[label] ?? "")}
          </span>
          <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
            <rect width={Math.max(0, Number(row[value] ?? 0) / top)} height="1" />
          </svg>
          <span class="number">{cellText(row[value] ?? null, name)}</span>
        </div>
      ))}
      {rows.rows.length > barsMax && (
        <p class="soft">
          The first {barsMax} of {countText(rows.rows.length)} rows.
        </p>
      )}
    </div>
  );
}

function jsonText(rows: Rows): string {
  const names = rows.columns.map(({ name }) => name);
  return JSON.stringify(
    rows.rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]]))),
    null,
    1,
  );
}

function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
