// The table of spans, and the durations of the selected one.

import { countText, durationText } from "../../base/format";
import { shownText } from "../../base/text";
import { selectionOf, sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { type Column, DataTable } from "../../widgets/data_table";
import { NameText } from "../../widgets/name_text";
import { Verdict } from "../../widgets/numbers";
import { Split } from "../../widgets/split";
import { AbsentNote, EmptyNote, ProblemNote, Skeleton } from "../../widgets/states";
import { usePages } from "../../widgets/use_pages";
import { Ratio } from "./span_ratio";
import { SpanDetails } from "./span_details";
import type { SpanList, SpanRow, SpanSums } from "./spans_answer";

function duration(id: keyof SpanSums & string, title: string, hint: string): Column<SpanRow> {
  return {
    id,
    title,
    hint,
    width: "5.5rem",
    isNumber: true,
    sortable: true,
    cell: (row) => (row.here ? durationText(row[id] ?? Number.NaN) : "–"),
  };
}

function columnsOf(isCompared: boolean): readonly Column<SpanRow>[] {
  const columns: Column<SpanRow>[] = [
    {
      id: "name",
      title: "Span",
      width: "minmax(12rem, 2fr)",
      sortable: true,
      cell: (row) => <NameText text={row.name} />,
    },
    {
      id: "category",
      title: "Category",
      width: "minmax(6rem, 0.6fr)",
      cell: (row) => <NameText text={row.category} none="–" />,
    },
    {
      id: "count",
      title: "Count",
      width: "5rem",
      isNumber: true,
      sortable: true,
      cell: (row) => (row.here ? countText(row.count) : "–"),
    },
    duration("total", "Total", "All of them together"),
  ];
  const median = duration("p50", "Median", "Half of them are shorter");
  if (!isCompared) {
    columns.push(
      duration("self", "Self", "Without the spans inside of them"),
      median,
      duration("mean", "Mean", "Total by count"),
      duration("p95", "p95", "95% of them are shorter"),
      duration("p99", "p99", "99% of them are shorter"),
      duration("max", "Longest", "The longest of them"),
    );
    return columns;
  }
  const ofB = (id: keyof SpanSums & string, title: string): Column<SpanRow> => ({
    id: `${id}-b`,
    title,
    width: "6.2rem",
    isNumber: true,
    cell: (row) =>
      row.b === null
        ? "–"
        : id === "count"
          ? countText(row.b[id])
          : durationText(row.b[id] ?? Number.NaN),
  });
  columns.push(
    median,
    ofB("p50", "B median"),
    {
      id: "ratio",
      title: "Change of median",
      hint: "B to A, with its interval at 95%",
      width: "15rem",
      isNumber: true,
      sortable: true,
      cell: (row) => <Ratio ratio={row.ratio} interval={row.interval} />,
    },
    {
      id: "verdict",
      title: "Verdict",
      hint: "Whether the change is more than chance, at 95%",
      width: "7.5rem",
      cell: (row) => <Verdict word={row.verdict} />,
    },
    duration("p99", "p99", "99% of them are shorter, in A"),
    ofB("p99", "B p99"),
    ofB("count", "B count"),
  );
  return columns;
}

export function SpanTable() {
  const app = useApp();
  const { store } = app;
  const state = store.state.value;
  const isCompared = state.b !== null;
  const sort = state.sort === "" ? "total" : state.sort;
  const list = usePages<SpanList, SpanRow>("spans", {
    ...sidesOf(state),
    ...selectionOf(state),
    sort,
    order: state.order,
    filter: state.search,
  });
  const select = (row: SpanRow): void => {
    // Another span's durations are others.
    store.set({ span: row.name, more: { ...state.more, "span.low": "", "span.high": "" } }, true);
    app.say(
      `${shownText(row.name, 120)}, ${countText(row.count)} times, median ${durationText(row.p50)}`,
    );
  };
  const { head, rows } = list;
  if (list.problem !== null) return <ProblemNote problem={list.problem} again={list.again} />;
  if (head === null) return <Skeleton />;
  if (head.absent !== undefined && head.absent !== null) return <AbsentNote absent={head.absent} />;
  if (rows.length === 0 && state.search !== "") {
    return <EmptyNote title={`No span is named like "${shownText(state.search, 60)}"`} />;
  }
  const table = (
    <DataTable
      label="Spans"
      columns={columnsOf(isCompared)}
      rows={rows}
      total={head.rows_total}
      rowKey={(row) => row.name}
      sort={sort}
      order={state.order}
      onSort={(column, order) => store.set({ sort: column, order })}
      selected={state.span}
      onSelect={select}
      onEnd={list.more}
    />
  );
  return (
    <div class="fill span-split">
      <Split
        label="How much of the page the table has"
        direction="rows"
        share={rows.length <= 8 ? 0.3 : 0.42}
        first={<div class={`fill ${list.isStale ? "is-stale" : ""}`}>{table}</div>}
        second={state.span === "" ? null : <SpanDetails />}
      />
    </div>
  );
}
