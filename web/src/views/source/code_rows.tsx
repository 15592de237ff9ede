// Rows of code of equal height, of which only those in view are in the page, with a cursor.

import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useId, useState } from "preact/hooks";

export const codeHeight = 19;
const margin = 20; // rows beyond those in view

export interface CodeRowsProps {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly height: number; // of the box
  readonly label: string;
  readonly count: number;
  readonly width: string; // at least: of the longest row
  readonly cursor: number; // a row; -1: none
  readonly start: number; // where to begin, while there is no cursor
  readonly classOf: (row: number) => string;
  readonly onSelect: (row: number) => void;
  readonly onHover: (row: number) => void;
  readonly row: (row: number) => ComponentChildren;
  // Drawn over the rows, moving with them.
  readonly over?: (first: number, last: number) => ComponentChildren;
}

export function CodeRows(props: CodeRowsProps) {
  const id = useId();
  const { box, height, count, cursor } = props;
  const [top, setTop] = useState(0);
  const first = Math.max(0, Math.floor(top / codeHeight) - margin);
  const last = Math.min(count, Math.ceil((top + height) / codeHeight) + margin);
  useEffect(() => {
    if (cursor >= 0) reveal(box.current, cursor);
  }, [cursor, count]);
  useEffect(() => {
    if (cursor < 0 && height > 0) reveal(box.current, props.start);
  }, [props.start, count, height > 0]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(height / codeHeight) - 2);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -count,
      End: count,
    };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const from = cursor >= 0 ? cursor : Math.floor(top / codeHeight);
    props.onSelect(Math.max(0, Math.min(count - 1, from + step)));
  };
  const rows: number[] = [];
  for (let row = first; row < last; row++) rows.push(row);
  return (
    <div
      ref={box}
      class="code-rows"
      role="grid"
      aria-label={props.label}
      aria-rowcount={count}
      aria-activedescendant={cursor >= first && cursor < last ? `${id}-${cursor}` : undefined}
      tabIndex={0}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
      onPointerLeave={() => props.onHover(-1)}
    >
      <div
        class="code-body"
        role="rowgroup"
        style={{ height: `${count * codeHeight}px`, minWidth: props.width }}
      >
        {rows.map((row) => (
          <div
            key={row}
            id={`${id}-${row}`}
            role="row"
            aria-rowindex={row + 1}
            aria-selected={row === cursor}
            class={`code-row ${props.classOf(row)}`}
            style={{ transform: `translateY(${row * codeHeight}px)` }}
            onClick={() => props.onSelect(row)}
            onPointerEnter={() => props.onHover(row)}
          >
            {props.row(row)}
          </div>
        ))}
        {props.over?.(first, last)}
      </div>
    </div>
  );
}

// In view already: it stays where it is; else to the middle.
export function reveal(box: HTMLDivElement | null, row: number): void {
  if (box === null) return;
  const at = row * codeHeight;
  const isSeen = at >= box.scrollTop && at + codeHeight <= box.scrollTop + box.clientHeight;
  if (!isSeen) box.scrollTop = at - box.clientHeight / 2;
}
