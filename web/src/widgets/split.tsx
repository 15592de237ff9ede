// Two parts with a bar between them that can be moved, by pointer and by keys.

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import "./widgets.css";

export interface SplitProps {
  readonly label: string;
  readonly direction: "rows" | "columns";
  readonly share: number; // of the first, to begin with
  readonly first: ComponentChildren;
  readonly second: ComponentChildren | null; // null: the first has all
}

const least = 0.12;
const keyStep = 0.04;

export function Split(props: SplitProps) {
  const box = useRef<HTMLDivElement>(null);
  const [share, setShare] = useState(props.share);
  const set = (value: number): void => setShare(Math.max(least, Math.min(1 - least, value)));
  const isRows = props.direction === "rows";
  const onPointerMove = (event: PointerEvent): void => {
    const element = event.currentTarget as HTMLElement;
    if (box.current === null || !element.hasPointerCapture(event.pointerId)) return;
    const area = box.current.getBoundingClientRect();
    set(
      isRows ? (event.clientY - area.top) / area.height : (event.clientX - area.left) / area.width,
    );
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const less = isRows ? "ArrowUp" : "ArrowLeft";
    const more = isRows ? "ArrowDown" : "ArrowRight";
    if (event.key !== less && event.key !== more) return;
    event.preventDefault();
    event.stopPropagation();
    set(share + (event.key === more ? keyStep : -keyStep));
  };
  const template =
    props.second === null ? "1fr" : `minmax(0, ${share}fr) 9px minmax(0, ${1 - share}fr)`;
  return (
    <div
      ref={box}
      class={`split ${props.direction}`}
      style={isRows ? { gridTemplateRows: template } : { gridTemplateColumns: template }}
    >
      <div class="split-part">{props.first}</div>
      {props.second !== null && (
        <>
          <div
            class="split-bar"
            role="separator"
            tabIndex={0}
            aria-label={props.label}
            aria-orientation={isRows ? "horizontal" : "vertical"}
            aria-valuenow={Math.round(share * 100)}
            aria-valuemin={least * 100}
            aria-valuemax={(1 - least) * 100}
            onPointerDown={(event) => {
              event.preventDefault();
              event.currentTarget.setPointerCapture(event.pointerId);
            }}
            onPointerMove={onPointerMove}
            onKeyDown={onKeyDown}
          />
          <div class="split-part">{props.second}</div>
        </>
      )}
    </div>
  );
}
