// A small picture of one value over time. Its table twin says the same in words.

import { themeColor, useCanvas } from "./canvas";
import { useApp } from "./app_context";

export interface StripProps {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly other?: readonly (number | null)[] | undefined; // of B, as a line
  readonly text: (value: number) => string;
  readonly height?: number;
}

function most(values: readonly (number | null)[]): number {
  return values.reduce<number>((top, value) => Math.max(top, value ?? 0), 0);
}

function mean(values: readonly (number | null)[]): number {
  const known = values.filter((value) => value !== null);
  return known.reduce<number>((sum, value) => sum + (value ?? 0), 0) / Math.max(1, known.length);
}

export function Strip({ label, values, other, text, height = 56 }: StripProps) {
  const { theme } = useApp();
  const top = Math.max(most(values), most(other ?? []), Number.MIN_VALUE);
  const canvas = useCanvas(
    ({ context, width, height: high }) => {
      context.fillStyle = themeColor("panel");
      context.fillRect(0, 0, width, high);
      context.fillStyle = themeColor("bar");
      const step = width / Math.max(1, values.length);
      values.forEach((value, i) => {
        const size = ((value ?? 0) / top) * (high - 2);
        context.fillRect(i * step, high - size, Math.max(1, step - 0.5), size);
      });
      if (other === undefined) return;
      context.strokeStyle = themeColor("accent");
      context.lineWidth = 1.5;
      context.beginPath();
      const otherStep = width / Math.max(1, other.length);
      other.forEach((value, i) => {
        const y = high - ((value ?? 0) / top) * (high - 2);
        context.lineTo((i + 0.5) * otherStep, y);
      });
      context.stroke();
    },
    [values, other, theme.value],
  );
  const said = `${label}: ${text(mean(values))} in the mean, ${text(most(values))} at most`;
  return (
    <figure class="strip">
      <figcaption>
        {label}
        <span class="soft">
          {" "}
          {text(mean(values))} mean · {text(most(values))} most
          {other !== undefined && ` · B (line) ${text(mean(other))} mean`}
        </span>
      </figcaption>
      <canvas
        ref={canvas}
        role="img"
        aria-label={said}
        data-view={label}
        data-rects={values.length}
        style={{ height: `${height}px` }}
      />
    </figure>
  );
}
