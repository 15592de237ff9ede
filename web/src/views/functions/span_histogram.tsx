// How the durations of a span are spread. A drag selects some of them; so do the keys.

import { useMemo, useRef, useState } from "preact/hooks";
import { countText, durationText, percentText } from "../../base/format";
import { drawHistogram, type Mark } from "../../draw/histogram_draw";
import {
  axisOf,
  barAt,
  type Bars,
  dragged,
  layoutBars,
  type Selected,
  selectBars,
} from "../../layout/histogram_layout";
import { useCanvas } from "../../widgets/canvas";
import { Choices, Toggle } from "../../widgets/choice";
import { useApp } from "../../widgets/app_context";
import { DataTable } from "../../widgets/data_table";
import { Tooltip } from "../../widgets/tooltip";
import { useInks } from "../../widgets/use_inks";
import type { SpanAnswer } from "./spans_answer";

interface Props {
  readonly answer: SpanAnswer;
  readonly selected: Selected | null;
  readonly onSelect: (selected: Selected | null) => void;
}

export function SpanHistogram(props: Props) {
  const [isLog, setIsLog] = useState(false);
  const [isTime, setIsTime] = useState(false);
  const [isTable, setIsTable] = useState(false);
  return (
    <div class="span-histogram">
      <div class="span-histogram-bar">
        <Choices
          label="Height"
          value={isTime ? "time" : "count"}
          choices={[
            { id: "count", says: "Count", hint: "How many have that duration" },
            { id: "time", says: "Time", hint: "How long those of that duration take together" },
          ]}
          onChoose={(id) => setIsTime(id === "time")}
        />
        <Toggle
          says="Log"
          hint="Heights on a scale of logarithms"
          isOn={isLog}
          onChange={setIsLog}
        />
        <Toggle says="As a table" isOn={isTable} onChange={setIsTable} />
        <span class="soft">Drag across the bars to look at some alone.</span>
        {props.answer.b !== null && scaledB(props.answer, isTime).length > 0 && (
          <span class="delta more">── B, scaled to as many</span>
        )}
      </div>
      {isTable ? (
        <HistogramTable answer={props.answer} />
      ) : (
        <HistogramPicture {...props} isLog={isLog} isTime={isTime} />
      )}
    </div>
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

// B's bars as high as if it had as many spans as A: what is compared is how they are spread.
function scaledB(answer: SpanAnswer, isTime: boolean): readonly number[] {
  const { counts, total_ns, counts_b, total_ns_b } = answer.histogram;
  const [a, b] = isTime ? [total_ns, total_ns_b ?? []] : [counts, counts_b ?? []];
  const [wholeA, wholeB] = [sum(a), sum(b)];
  return wholeB > 0 ? b.map((value) => (value * wholeA) / wholeB) : [];
}

function marksOf(statistics: SpanAnswer["statistics"] | null, prefix: string): readonly Mark[] {
  const marks: Mark[] = [];
  for (const [id, name] of [
    ["p50", "p50"],
    ["p95", "p95"],
    ["p99", "p99"],
  ] as const) {
    const value = statistics?.[id];
    if (value !== undefined && value !== null)
      marks.push({ text: `${prefix}${name} ${durationText(value)}`, value });
  }
  return marks;
}

function HistogramPicture(props: Props & { isLog: boolean; isTime: boolean }) {
  const app = useApp();
  const { answer, selected, isLog, isTime } = props;
  const inks = useInks();
  const [cursor, setCursor] = useState(-1);
  const [hover, setHover] = useState<{ bar: number; x: number; y: number } | null>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const anchor = useRef(-1); // where Shift began
  const { edges_ns: edges, counts, total_ns } = answer.histogram;
  const bars = useMemo<Bars>(
    () => ({ edges, values: isTime ? total_ns : counts }),
    [answer, isTime],
  );
  const axis = useMemo(() => axisOf(edges), [answer]);
  const scene = useMemo(() => {
    const valuesB = scaledB(answer, isTime);
    const scale = { most: Math.max(...bars.values, ...valuesB, 0), isLog };
    return {
      axis,
      bars: layoutBars(bars, axis, scale),
      barsB: layoutBars({ edges, values: valuesB }, axis, scale),
      marks: marksOf(answer.statistics, ""),
      marksB: marksOf(answer.b, "B "),
    };
  }, [answer, bars, axis, isLog, isTime]);
  const shown = drag === null ? selected : (dragged(bars, axis, drag.from, drag.to) ?? selected);
  const canvas = useCanvas(
    (surface) => {
      const rects = drawHistogram(surface, { ...scene, selected: shown, cursor, inks });
      canvas.current?.setAttribute("data-rects", `${rects}`);
    },
    [scene, shown?.low, shown?.high, cursor, inks],
  );
  const placeIn = (event: PointerEvent): number => {
    const area = canvas.current?.getBoundingClientRect();
    return area === undefined ? 0 : (event.clientX - area.left) / area.width;
  };
  const sayBar = (bar: number): void => app.say(barText(answer, bar));
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step !== 0) {
      const next = Math.max(0, Math.min(counts.length - 1, cursor + step));
      if (!event.shiftKey) anchor.current = next;
      else if (anchor.current < 0) anchor.current = Math.max(0, cursor);
      setCursor(next);
      if (event.shiftKey) props.onSelect(selectBars(bars, anchor.current, next));
      else sayBar(next);
    } else if (event.key === "Enter" && cursor >= 0)
      props.onSelect(selectBars(bars, cursor, cursor));
    else if (event.key === "Escape" && selected !== null) props.onSelect(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="canvas-frame histogram">
      <canvas
        ref={canvas}
        role="application"
        tabIndex={0}
        aria-label={`How the durations of ${answer.name.slice(0, 120)} are spread: arrows move, Shift with arrows selects`}
        data-view={`${isTime ? "time" : "count"} ${isLog ? "log" : "linear"}`}
        data-selected={selected === null ? "" : `${selected.low}-${selected.high}`}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: placeIn(event), to: placeIn(event) });
        }}
        onPointerMove={(event) => {
          const place = placeIn(event);
          setHover({ bar: barAt(bars, axis, place), x: event.clientX, y: event.clientY });
          if (drag !== null) setDrag({ from: drag.from, to: place });
        }}
        onPointerUp={(event) => {
          if (drag === null) return;
          const found = dragged(bars, axis, drag.from, placeIn(event));
          setDrag(null);
          props.onSelect(found);
        }}
        onPointerCancel={() => setDrag(null)}
        onPointerLeave={() => setHover(null)}
      />
      {hover !== null && (
        <Tooltip x={hover.x} y={hover.y}>
          {barText(answer, hover.bar)}
        </Tooltip>
      )}
    </div>
  );
}

function barText(answer: SpanAnswer, bar: number): string {
  const { edges_ns: edges, counts, total_ns, counts_b } = answer.histogram;
  const all = Math.max(1, sum(counts));
  const count = counts[bar] ?? 0;
  const ofB =
    counts_b === undefined || counts_b === null ? "" : `, B ${countText(counts_b[bar] ?? 0)}`;
  return (
    `${durationText(edges[bar] ?? 0)} to ${durationText(edges[bar + 1] ?? 0)}: ` +
    `${countText(count)} (${percentText(count / all)})${ofB}, ${durationText(total_ns[bar] ?? 0)} together`
  );
}

function HistogramTable({ answer }: { answer: SpanAnswer }) {
  const { edges_ns: edges, counts, total_ns, counts_b } = answer.histogram;
  const rows = counts.map((_, i) => i);
  const number = (id: string, title: string, cell: (row: number) => string) => ({
    id,
    title,
    width: "minmax(5rem, 1fr)",
    isNumber: true,
    cell,
  });
  return (
    <div class="histogram">
      <DataTable
        label="How the durations are spread"
        columns={[
          number("from", "From", (row) => durationText(edges[row] ?? 0)),
          number("to", "To", (row) => durationText(edges[row + 1] ?? 0)),
          number("count", "Count", (row) => countText(counts[row] ?? 0)),
          number("time", "Together", (row) => durationText(total_ns[row] ?? 0)),
          ...(counts_b === undefined || counts_b === null
            ? []
            : [number("b", "B count", (row) => countText(counts_b[row] ?? 0))]),
        ]}
        rows={rows}
        rowKey={(row) => `${row}`}
      />
    </div>
  );
}
