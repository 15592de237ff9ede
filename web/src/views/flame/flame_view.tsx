// The picture: a canvas as high as its window over a box that scrolls, with a pointer and a
// keyboard cursor.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Paint } from "../../base/scale";
import { depthAt, drawFlame, frameHeight, topOfDepth } from "../../draw/flame_draw";
import { hitFlame, type FlameLayout, stepFlame, type Step } from "../../layout/flame_layout";
import { nameOf } from "../../layout/flame_tree";
import { useCanvas, useSize } from "../../widgets/canvas";
import { Tooltip } from "../../widgets/tooltip";
import { useInks } from "../../widgets/use_inks";
import { shownText } from "../../base/text";
import type { ComponentChildren } from "preact";

export interface FlameViewProps {
  readonly label: string;
  readonly layout: FlameLayout;
  readonly isUp: boolean;
  readonly skip: number; // levels that another picture shows
  readonly paint: (row: number) => Paint;
  readonly behind: (row: number) => string; // what stands behind a name
  readonly isMatch: ((row: number) => boolean) | null;
  readonly selected: number;
  readonly isStale: boolean;
  readonly onSelect: (row: number) => void;
  readonly onOpen: (row: number) => void; // a click, or Enter
  readonly onMenu: (row: number, x: number, y: number) => void;
  readonly tip: (row: number) => ComponentChildren;
}

interface Hover {
  readonly row: number;
  readonly x: number;
  readonly y: number;
}

const slackPixels = 2;

export function FlameView(props: FlameViewProps) {
  const { layout, isUp } = props;
  const { box: scroller, ...box } = useSize<HTMLDivElement>();
  const [scroll, setScroll] = useState(0);
  const [hover, setHover] = useState<Hover | null>(null);
  const inks = useInks();
  const drawn = useRef(0);
  const levels = layout.levels.length;
  const { skip } = props;
  const contentHeight = Math.max((levels - skip) * frameHeight, box.height);
  const place = { isUp, skip, contentHeight };
  useEffect(() => {
    const element = scroller.current;
    if (element !== null) element.scrollTop = isUp ? contentHeight : 0;
  }, [isUp, layout.root]);

  const hovered = hover?.row ?? -1;
  const canvas = useCanvas(
    (surface) => {
      drawn.current = drawFlame(surface, {
        layout,
        paint: props.paint,
        label: props.behind,
        isMatch: props.isMatch,
        selected: props.selected,
        hovered,
        ...place,
        scroll,
        inks,
      });
      canvas.current?.setAttribute("data-rects", `${drawn.current}`);
    },
    [
      layout,
      props.paint,
      props.behind,
      props.isMatch,
      props.selected,
      hovered,
      isUp,
      skip,
      scroll,
      contentHeight,
      inks,
      box.width,
      box.height,
    ],
  );

  const rowAt = (event: MouseEvent): number => {
    const area = canvas.current?.getBoundingClientRect();
    if (area === undefined) return -1;
    const x = (event.clientX - area.left) / area.width;
    const depth = depthAt(event.clientY - area.top + scroll, place);
    return hitFlame(layout, x, depth, slackPixels / area.width);
  };
  // Into view, when the keyboard went to it.
  const reveal = (row: number): void => {
    const element = scroller.current;
    if (element === null) return;
    const top = topOfDepth(layout.tree.depth[row] ?? 0, place);
    if (top < element.scrollTop) element.scrollTop = top;
    const low = top + frameHeight - element.clientHeight;
    if (low > element.scrollTop) element.scrollTop = low;
  };
  useEffect(() => {
    if (props.selected >= 0) reveal(props.selected);
  }, [props.selected]);
  // Keys may come faster than what they select is drawn.
  const at = useRef(props.selected);
  at.current = props.selected;
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Record<string, Step> = {
      ArrowLeft: "left",
      ArrowRight: "right",
      ArrowUp: isUp ? "in" : "out",
      ArrowDown: isUp ? "out" : "in",
    };
    const step = steps[event.key];
    if (step !== undefined && !event.ctrlKey && !event.altKey && !event.metaKey) {
      at.current = stepFlame(layout, at.current, step);
      props.onSelect(at.current);
    } else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
      const area = canvas.current?.getBoundingClientRect();
      if (props.selected < 0 || area === undefined) return;
      const x = area.left + Math.max(0, layout.left[props.selected] ?? 0) * area.width;
      const depth = layout.tree.depth[props.selected] ?? 0;
      props.onMenu(
        props.selected,
        x + 8,
        area.top + topOfDepth(depth, place) - scroll + frameHeight,
      );
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const selectedName = useMemo(
    () => (props.selected < 0 ? "" : shownText(nameOf(layout.tree, props.selected), 200)),
    [layout, props.selected],
  );
  return (
    <div
      ref={scroller}
      class={`flame-scroll ${props.isStale ? "is-coming" : ""}`}
      onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
    >
      <div style={{ height: `${contentHeight}px` }}>
        <canvas
          ref={canvas}
          class="flame-canvas"
          style={{ height: `${box.height}px` }}
          role="application"
          tabIndex={0}
          aria-label={props.label}
          aria-keyshortcuts="ArrowUp ArrowDown ArrowLeft ArrowRight Enter Backspace"
          data-view={`${layout.tree.rows} nodes, root ${layout.root}`}
          data-selected={selectedName}
          onKeyDown={onKeyDown}
          onPointerMove={(event) =>
            setHover({ row: rowAt(event), x: event.clientX, y: event.clientY })
          }
          onPointerLeave={() => setHover(null)}
          onClick={(event) => {
            const row = rowAt(event);
            if (row >= 0) props.onOpen(row);
          }}
          onContextMenu={(event) => {
            const row = rowAt(event);
            if (row < 0) return;
            event.preventDefault();
            setHover(null);
            props.onMenu(row, event.clientX, event.clientY);
          }}
        />
      </div>
      {hover !== null && hover.row >= 0 && (
        <Tooltip x={hover.x} y={hover.y}>
          {props.tip(hover.row)}
        </Tooltip>
      )}
    </div>
  );
}
