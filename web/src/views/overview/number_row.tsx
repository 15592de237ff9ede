// Five numbers, with B's beside them.

import { percentText, signedText, valueText } from "../../base/format";
import type { KeyNumber } from "./overview_types";

export function NumberRow(props: { a: readonly KeyNumber[]; b: readonly KeyNumber[] | null }) {
  return (
    <dl class="numbers">
      {props.a.map((one) => (
        <NumberCard key={one.id} one={one} other={props.b?.find(({ id }) => id === one.id)} />
      ))}
    </dl>
  );
}

function NumberCard({ one, other }: { one: KeyNumber; other: KeyNumber | undefined }) {
  if (one.value === null) {
    return (
      <div class="panel number-card" title={one.absent?.command}>
        <dt>{one.name}</dt>
        <dd class="soft">
          not recorded
          <small>{one.absent?.why}</small>
        </dd>
      </div>
    );
  }
  return (
    <div class="panel number-card">
      <dt>{one.name}</dt>
      <dd>
        <strong>{valueText(one.value, one.unit)}</strong>
        {other !== undefined && other.value !== null && (
          <Beside a={one.value} b={other.value} unit={one.unit} />
        )}
      </dd>
    </div>
  );
}

function Beside({ a, b, unit }: { a: number; b: number; unit: string }) {
  const ratio = a === 0 ? Number.NaN : b / a - 1;
  const className = b > a ? "more" : b < a ? "less" : "same";
  return (
    <small>
      B {valueText(b, unit)}{" "}
      {Number.isFinite(ratio) && (
        <span class={`delta ${className}`}>{signedText(ratio, percentText)}</span>
      )}
    </small>
  );
}
