// One number of the gutter: a share of the function, on a ground as hot as it is.

import { percentText, valueText } from "../../base/format";

// Less than this is not worth a number.
const least = 0.0005;

export function CostCell(props: {
  value: number;
  whole: number;
  most: number;
  unit: string;
  what: string;
}) {
  const { value, whole, most } = props;
  const share = whole > 0 ? value / whole : 0;
  if (!(value > 0)) return <span role="gridcell" class="cost" />;
  return (
    <span
      role="gridcell"
      class="cost"
      style={{ "--heat": most > 0 ? Math.min(1, value / most) : 0 }}
      title={`${props.what}: ${valueText(value, props.unit)}`}
    >
      {share < least ? "·" : percentText(share)}
    </span>
  );
}
