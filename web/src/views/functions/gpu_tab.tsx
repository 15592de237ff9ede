// Queues of GPUs, what they did, and whether frames wait for them.

import { countText, percentText } from "../../base/format";
import { NameText, PlaceText } from "../../widgets/name_text";
import { Share } from "../../widgets/numbers";
import { SpanLink } from "./detail_links";
import { DetailTable, type DetailColumn, Lacking, number, text } from "./detail_table";
import { nameOfParts } from "./details_match";
import type { DetailSide, Gpu, GpuFrames, GpuQueue, GpuSpan } from "./details_types";

type SpanRow = GpuSpan & { readonly queue: string; readonly device: string };

export function GpuTab({ a, b }: { a: DetailSide; b: DetailSide | null }) {
  const [one, other] = [a.gpu, b === null ? null : b.gpu];
  return (
    <Lacking title="GPU" a={one} b={other}>
      <DetailTable
        title="Frames and the GPU"
        note="What bounds frames, as their spans tell."
        a={one.frames}
        b={other === null ? null : other.frames}
        nameOf={(row) => nameOfParts(row.process, row.set, row.device)}
        columns={frameColumns}
      />
      <DetailTable
        title="Queues"
        note={
          one.queues.some(({ software }) => software)
            ? "The time of a software device is the CPU's."
            : undefined
        }
        a={one.queues}
        b={other === null ? null : other.queues}
        nameOf={(row) => nameOfParts(row.process, row.device, row.name)}
        columns={queueColumns}
      />
      <DetailTable
        title="Spans of the GPU"
        note={overlaps(one)}
        a={spansOf(one)}
        b={other === null ? null : spansOf(other)}
        nameOf={(row) => nameOfParts(row.device, row.queue, row.name)}
        columns={spanColumns}
      />
    </Lacking>
  );
}

function overlaps(gpu: Gpu): string | undefined {
  const overlapping = gpu.queues.reduce((sum, queue) => sum + queue.overlapping, 0);
  if (overlapping === 0) return undefined;
  return `${countText(overlapping)} spans overlap others: what is their own is not exact.`;
}

function spansOf(gpu: Gpu): readonly SpanRow[] {
  return gpu.queues.flatMap((queue) =>
    queue.spans.map((span) => ({ ...span, queue: queue.name, device: queue.device })),
  );
}

function bounds(row: GpuFrames, kind: string): string {
  const count = row.bound[kind] ?? 0;
  return count === 0 || row.frames === 0
    ? "0"
    : `${countText(count)} (${percentText(count / row.frames)})`;
}

function deviceText(row: GpuFrames | GpuQueue) {
  return (
    <>
      <NameText text={row.device} none="without a name" />
      {row.software && <span class="badge">software</span>}
    </>
  );
}

const frameColumns: readonly DetailColumn<GpuFrames>[] = [
  text("set", "Frames", "minmax(7rem, 1fr)", (row) => <NameText text={row.set} />),
  text("device", "Device", "minmax(8rem, 1fr)", deviceText),
  text("bound", "Bound by", "6rem", (row) => row.bound_by),
  number("p50", "GPU p50", "ns", (row) => row.gpu_time.p50_ns, {
    isCompared: true,
    hint: "Half of the frames need less of the GPU",
  }),
  number("p95", "GPU p95", "ns", (row) => row.gpu_time.p95_ns, { isCompared: true }),
  number("most", "Longest", "ns", (row) => row.gpu_time.most_ns),
  number("share", "Busy", "share", (row) => row.gpu_share, {
    hint: "Of their time the GPU was busy",
  }),
  number("waited", "Waited", "share", (row) => row.wait_share, {
    hint: "Of their time the CPU waited for it",
  }),
  text("wait", "Most in", "minmax(7rem, 0.8fr)", (row) =>
    row.wait_span === "" ? "–" : <SpanLink name={row.wait_span} />,
  ),
  text("by-gpu", "By GPU", "7rem", (row) => bounds(row, "gpu")),
  text("by-cpu", "By CPU", "7rem", (row) => bounds(row, "cpu")),
  text("turns", "In turns", "7rem", (row) => bounds(row, "turns")),
  text("untold", "Not told", "7rem", (row) => bounds(row, "not told")),
];

const clockWords: Readonly<Record<string, string>> = {
  calibrated: "read with the CPU's each second",
  once: "compared with the CPU's once, at first: it drifts since",
  followed: "compared with the CPU's each second, by an event",
  cupti: "CUPTI's, which does not say how exact it is",
};

const queueColumns: readonly DetailColumn<GpuQueue>[] = [
  text("name", "Queue", "minmax(8rem, 1fr)", (row) => <NameText text={row.name} />),
  text("device", "Device", "minmax(8rem, 1fr)", deviceText),
  number("busy", "Busy", "ns", (row) => row.busy_ns, { isCompared: true }),
  text(
    "share",
    "Of its time",
    "9rem",
    (row) => (
      <Share value={row.last_ns > row.first_ns ? row.busy_ns / (row.last_ns - row.first_ns) : 0} />
    ),
    "From its first span to its last",
  ),
  number("count", "Spans", "count", (row) => row.count, { isCompared: true }),
  number("left", "Left out", "count", (row) => row.left_out),
  text("exact", "Right to", "6rem", (row) =>
    row.clock_error_ns === undefined ? "not known" : `${countText(row.clock_error_ns)} ns`,
  ),
  text("clock", "Its clock", "minmax(10rem, 1fr)", (row) =>
    row.clock_error_ns === undefined && row.clock !== "cupti"
      ? "not told in this part of the recording"
      : (clockWords[row.clock] ?? "nothing was told of it"),
  ),
];

// As many columns as fit beside each other in a window of 1,280 pixels.
const narrow = { width: "5.1rem" };

const spanColumns: readonly DetailColumn<SpanRow>[] = [
  text("name", "Span", "minmax(11rem, 1.6fr)", (row) => <SpanLink name={row.name} />),
  text("queue", "Queue", "minmax(5.5rem, 0.6fr)", (row) => <NameText text={row.queue} />),
  number("self", "Self", "ns", (row) => row.self_ns, { isCompared: true, ...narrow }),
  number("frame", "Of frame", "share", (row) =>
    row.frame_share !== undefined && row.frame_share > 0 ? row.frame_share : null,
  ),
  number("total", "Total", "ns", (row) => row.total_ns, { isCompared: true, ...narrow }),
  number("count", "Count", "count", (row) => row.count, narrow),
  number("mean", "Mean", "ns", (row) => row.mean_ns, narrow),
  number("p50", "Median", "ns", (row) => row.p50_ns, { isCompared: true, ...narrow }),
  number("p95", "p95", "ns", (row) => row.p95_ns, narrow),
  number("p99", "p99", "ns", (row) => row.p99_ns, narrow),
  number("most", "Longest", "ns", (row) => row.most_ns, narrow),
  text("place", "Where", "minmax(6rem, 0.8fr)", (row) => (
    <PlaceText file={row.file} line={row.line} />
  )),
];
