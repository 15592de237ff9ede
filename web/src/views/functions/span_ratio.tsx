// How much longer B's median is than A's, with the interval of that.

import { percentText, signedText } from "../../base/format";
import type { SpanRow } from "./spans_answer";

export function Ratio(props: Pick<SpanRow, "ratio" | "interval">) {
  if (props.ratio === null) return <>–</>;
  const change = props.ratio - 1;
  const signed = (share: number): string => signedText(share, percentText);
  const points = (ratio: number): string =>
    signedText((ratio - 1) * 100, (size) => size.toFixed(1));
  const [low, high] = props.interval ?? [];
  return (
    <span class={`delta ${change > 0 ? "more" : change < 0 ? "less" : "same"}`}>
      {signed(change)}
      {low !== undefined && high !== undefined && (
        <span class="soft">
          {" "}
          ({points(low)} to {points(high)})
        </span>
      )}
    </span>
  );
}
