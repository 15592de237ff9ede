// Numbers with their unit, and what compares two of them: colour, sign and word.

import { percentText, signedText, valueText } from "../base/format";

export function Value({ value, unit }: { value: number; unit: string }) {
  return <span class="value">{valueText(value, unit)}</span>;
}

// A share with a bar behind it; `low` and `high`: its interval, shown when it is wide.
export function Share(props: { value: number; low?: number; high?: number; isWide?: boolean }) {
  const { value, low, high } = props;
  const interval =
    low !== undefined && high !== undefined ? `${percentText(low)} to ${percentText(high)}` : "";
  return (
    <span class="share" title={interval === "" ? undefined : `${interval} at 95%`}>
      <svg class="share-bar" aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 1 1">
        <rect width={Math.max(0, Math.min(1, value))} height="1" />
      </svg>
      <span>{percentText(value)}</span>
      {props.isWide && high !== undefined && low !== undefined && (
        <span class="soft"> ±{percentText((high - low) / 2)}</span>
      )}
    </span>
  );
}

export function Delta({ value, unit }: { value: number; unit: string }) {
  const className = value > 0 ? "more" : value < 0 ? "less" : "same";
  return (
    <span class={`delta ${className}`}>{signedText(value, (size) => valueText(size, unit))}</span>
  );
}

const verdictClass: Record<string, string> = {
  improved: "less",
  regressed: "more",
  "only in a": "less",
  "only in b": "more",
};

export function Verdict({ word }: { word: string }) {
  if (word === "") return null;
  return <span class={`verdict ${verdictClass[word] ?? "same"}`}>{word}</span>;
}
