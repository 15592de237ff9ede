// A table of any number of rows, of which only those in view are in the page. It is a grid for
// keyboards and screen readers: arrows move, Enter opens.
//
//   <DataTable label="Functions" columns={columns} rows={rows} rowKey={(row) => row.key} ... />

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { columnsWithin, leastOf, type Sized } from "./table_columns";

export interface Column<Row> extends Sized {
  readonly id: string;
  readonly title: string;
  readonly hint?: string; // what it means, for the title
  readonly isNumber?: boolean;
  readonly sortable?: boolean;
  cell(row: Row, index: number): ComponentChildren;
}

export interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  // All there are, when `rows` are only the first of them.
  readonly total?: number;
  readonly rowKey: (row: Row, index: number) => string;
  readonly rowClass?: (row: Row) => string;
  readonly sort?: string;
  readonly order?: "asc" | "desc";
  readonly onSort?: (column: string, order: "asc" | "desc") => void;
  readonly selected?: string; // a key
  readonly onSelect?: (row: Row) => void; // moved to
  readonly onOpen?: (row: Row) => void; // Enter or double click
  readonly onEnd?: () => void; // the last row came into view: more may be fetched
  readonly height?: string;
}

const rowHeight = 26;
const margin = 12; // rows beyond those in view

export function DataTable<Row>(props: DataTableProps<Row>): JSX.Element {
  const { rows, rowKey, selected } = props;
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const [top, setTop] = useState(0);
  const [viewHeight, setViewHeight] = useState(600);
  const [room, setRoom] = useState(Number.POSITIVE_INFINITY); // rem
  const columns = columnsWithin(props.columns, room);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (): void => {
      setViewHeight(element.clientHeight);
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      setRoom(element.clientWidth / rem);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(top / rowHeight) - margin);
  const last = Math.min(rows.length, Math.ceil((top + viewHeight) / rowHeight) + margin);
  const total = props.total ?? rows.length;
  useEffect(() => {
    if (last >= rows.length && rows.length < total) props.onEnd?.();
  }, [last, rows.length, total]);

  const selectedIndex =
    selected === undefined ? -1 : rows.findIndex((r, i) => rowKey(r, i) === selected);
  const moveTo = (index: number): void => {
    const target = Math.max(0, Math.min(rows.length - 1, index));
    const row = rows[target];
    const element = box.current;
    if (row === undefined || element === null) return;
    props.onSelect?.(row);
    const at = target * rowHeight;
    const view = element.clientHeight - rowHeight; // without the head
    if (at < element.scrollTop) element.scrollTop = at;
    else if (at + rowHeight > element.scrollTop + view) element.scrollTop = at + rowHeight - view;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Of a link or a button in a cell it is Enter that presses it.
    if (event.key === "Enter" && event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor(viewHeight / rowHeight) - 2);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    };
    const step = steps[event.key];
    if (step !== undefined) moveTo(selectedIndex + step);
    else if (event.key === "Enter" && rows[selectedIndex] !== undefined) {
      props.onOpen?.(rows[selectedIndex]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const template = columns.map((column) => column.width).join(" ");
  // All rows are equally wide, whatever stands in them: narrower than this, the table scrolls.
  const least = `calc(${columns.map((column) => leastOf(column.width)).join(" + ")})`;
  return (
    <div
      ref={box}
      class="table"
      role="grid"
      aria-label={props.label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-activedescendant={
        selectedIndex >= first && selectedIndex < last ? `${id}-${selectedIndex}` : undefined
      }
      tabIndex={0}
      style={{ "--columns": template, "--least": least, height: props.height }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      <div class="table-head" role="row" aria-rowindex={1}>
        {columns.map((column) => (
          <HeadCell key={column.id} column={column} props={props} />
        ))}
      </div>
      <div class="table-body" role="rowgroup" style={{ height: `${rows.length * rowHeight}px` }}>
        {rows.slice(first, last).map((row, i) => {
          const index = first + i;
          const key = rowKey(row, index);
          return (
            <div
              key={key}
              id={`${id}-${index}`}
              class={`table-row ${props.rowClass?.(row) ?? ""}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={key === selected}
              style={{ transform: `translateY(${index * rowHeight}px)` }}
              onClick={() => props.onSelect?.(row)}
              onDblClick={() => props.onOpen?.(row)}
            >
              {columns.map((column) => (
                <div key={column.id} role="gridcell" class={column.isNumber ? "number" : ""}>
                  {column.cell(row, index)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

// Numbers fall at first, names rise.
function nextOrder(isNumber: boolean, now: "asc" | "desc" | undefined): "asc" | "desc" {
  if (now === undefined) return isNumber ? "desc" : "asc";
  return now === "desc" ? "asc" : "desc";
}

function HeadCell<Row>({ column, props }: { column: Column<Row>; props: DataTableProps<Row> }) {
  const isSorted = props.sort === column.id;
  const order = isSorted ? (props.order ?? "desc") : undefined;
  const className = column.isNumber ? "number" : "";
  if (!column.sortable || props.onSort === undefined) {
    return (
      <div role="columnheader" class={className} title={column.hint}>
        {column.title}
      </div>
    );
  }
  return (
    <div
      role="columnheader"
      class={className}
      aria-sort={order === undefined ? "none" : order === "asc" ? "ascending" : "descending"}
    >
      <button
        type="button"
        class="head-button"
        title={column.hint}
        onClick={() => props.onSort?.(column.id, nextOrder(column.isNumber === true, order))}
      >
        {column.title}
        <span aria-hidden="true">{order === undefined ? "" : order === "asc" ? " ▲" : " ▼"}</span>
      </button>
    </div>
  );
}
