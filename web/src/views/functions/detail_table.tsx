// One table of the tabs beside Functions and Spans: rows of A, with B's value and the difference
// beside each number that is compared.

import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { countText, valueText } from "../../base/format";
import { useApp } from "../../widgets/app_context";
import { type Column, DataTable } from "../../widgets/data_table";
import { Delta } from "../../widgets/numbers";
import { AbsentNote } from "../../widgets/states";
import { type Pair, paired } from "./details_match";
import type { Part } from "./details_types";

export interface DetailColumn<T> {
  readonly id: string;
  readonly title: string;
  readonly hint?: string;
  readonly width: string;
  // A text, or a number with its unit; null: there is none.
  readonly cell?: (row: T, isOfB: boolean) => ComponentChildren;
  readonly value?: (row: T) => number | null;
  readonly unit?: string | ((row: T) => string);
  readonly isCompared?: boolean;
  readonly isEstimate?: (row: T) => boolean;
}

export function text<T>(
  id: string,
  title: string,
  width: string,
  cell: (row: T, isOfB: boolean) => ComponentChildren,
  hint?: string,
): DetailColumn<T> {
  return { id, title, width, cell, ...(hint !== undefined && { hint }) };
}

export function number<T>(
  id: string,
  title: string,
  unit: string | ((row: T) => string),
  value: (row: T) => number | null,
  more: Partial<DetailColumn<T>> = {},
): DetailColumn<T> {
  return { id, title, unit, value, width: "5.6rem", ...more };
}

function unitOf<T>(column: DetailColumn<T>, row: T): string {
  return typeof column.unit === "function" ? column.unit(row) : (column.unit ?? "");
}

function numberCell<T>(column: DetailColumn<T>, row: T | null): ComponentChildren {
  const value = row === null ? null : (column.value?.(row) ?? null);
  if (row === null || value === null) return "–";
  const shown = valueText(value, unitOf(column, row));
  if (column.isEstimate?.(row) !== true) return shown;
  return (
    <span title="Estimated in part: causes of other waits of the thread stand for those not seen">
      ~{shown}
    </span>
  );
}

function columnsOf<T>(
  columns: readonly DetailColumn<T>[],
  isTwo: boolean,
): readonly Column<Pair<T>>[] {
  return columns.flatMap((column): Column<Pair<T>>[] => {
    const { id, title, width } = column;
    const base = { id, title, width, ...(column.hint !== undefined && { hint: column.hint }) };
    const { cell } = column;
    if (cell !== undefined) {
      return [
        {
          ...base,
          cell: ({ a, b }) => (a !== null ? cell(a, false) : b !== null ? cell(b, true) : null),
        },
      ];
    }
    const ofA: Column<Pair<T>> = {
      ...base,
      isNumber: true,
      cell: ({ a }) => numberCell(column, a),
    };
    if (!isTwo || column.isCompared !== true) return [ofA];
    return [
      { ...ofA, title: `A ${title.toLowerCase()}` },
      {
        id: `${id}-b`,
        title: `B ${title.toLowerCase()}`,
        width,
        isNumber: true,
        cell: ({ b }) => numberCell(column, b),
      },
      {
        id: `${id}-delta`,
        title: "Δ",
        hint: `${title}: B less A`,
        width: "5.8rem",
        isNumber: true,
        cell: ({ a, b }) => {
          const one = a === null ? null : (column.value?.(a) ?? null);
          const other = b === null ? null : (column.value?.(b) ?? null);
          if (a === null || one === null || other === null)
            return b === null ? "only in A" : a === null ? "only in B" : "–";
          return <Delta value={other - one} unit={unitOf(column, a)} />;
        },
      },
    ];
  });
}

const rowsSeen = 14;
const rowHeight = 26;

export interface DetailTableProps<T> {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly a: readonly T[];
  readonly b: readonly T[] | null;
  readonly hidden?: number | undefined; // rows that the answer does not have
  readonly command?: string; // that shows them
  readonly nameOf: (row: T) => string; // by which rows of A and B are matched
  readonly columns: readonly DetailColumn<T>[];
  readonly none?: string; // said where there is no row; else nothing is shown
}

export function DetailTable<T>(props: DetailTableProps<T>) {
  const { search } = useApp().store.state.value;
  const { a, b, nameOf } = props;
  const [selected, setSelected] = useState("");
  const all = useMemo(() => paired(a, b ?? [], nameOf), [a, b]);
  const asked = search.toLowerCase();
  const rows = asked === "" ? all : all.filter(({ id }) => id.toLowerCase().includes(asked));
  if (all.length === 0 && props.none === undefined) return null;
  return (
    <section class="detail">
      <h2>{props.title}</h2>
      {props.note !== undefined && <p class="soft">{props.note}</p>}
      {rows.length === 0 ? (
        <p class="soft">
          {all.length === 0 ? props.none : "Nothing here is named like the search."}
        </p>
      ) : (
        <DataTable
          label={props.title}
          columns={columnsOf(props.columns, b !== null)}
          rows={rows}
          rowKey={(row) => row.id}
          selected={selected}
          onSelect={(row) => setSelected(row.id)}
          // Its border, the head, the rows, and room for a bar to scroll sideways.
          height={`${(Math.min(rows.length, rowsSeen) + 1) * rowHeight + 18}px`}
        />
      )}
      {(props.hidden ?? 0) > 0 && (
        <p class="soft">
          {countText(props.hidden ?? 0)} more: <code>{props.command}</code>
        </p>
      )}
    </section>
  );
}

// What a side lacks: all of the tab when neither has it, else a note above the tables.
export function Lacking(props: {
  title: string;
  a: Part;
  b: Part | null;
  children: ComponentChildren;
}) {
  const { a, b } = props;
  if (a.absent !== undefined && (b === null || b.absent !== undefined)) {
    return <AbsentNote absent={a.absent} title={props.title} />;
  }
  return (
    <>
      {a.absent !== undefined && (
        <AbsentNote absent={a.absent} title={`${props.title}: not in A`} />
      )}
      {b?.absent !== undefined && (
        <AbsentNote absent={b.absent} title={`${props.title}: not in B`} />
      )}
      {props.children}
    </>
  );
}
