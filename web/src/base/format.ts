// Numbers for people, the same as the terminal writes them: three digits, units always shown.

function scaled(value: number, digits: number): string {
  const rounded = Number(value.toPrecision(digits));
  const whole = Math.trunc(Math.abs(rounded)).toString().length;
  return rounded.toFixed(Math.max(0, digits - whole));
}

function withUnit(value: number, steps: readonly (readonly [number, string])[]): string {
  const size = Math.abs(value);
  for (const [scale, unit] of steps) {
    // 999.6 µs is 1.00 ms: the unit is chosen by what is shown.
    if (size >= scale * 0.9995) return `${scaled(value / scale, 3)} ${unit}`;
  }
  const last = steps[steps.length - 1];
  return last ? `${scaled(value / last[0], 3)} ${last[1]}` : `${value}`;
}

const durations = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
] as const;

export function durationText(ns: number): string {
  if (!Number.isFinite(ns)) return "–";
  if (Math.abs(ns) < 999.5) return `${Math.round(ns)} ns`;
  return withUnit(ns, durations);
}

// A time on a ruler whose marks are `step` apart: as many digits as tell the marks apart.
export function tickText(ns: number, step: number): string {
  const [scale, unit] = durations.find(([size]) => step >= size * 0.99) ?? [1, "ns"];
  const digits = Math.max(0, -Math.floor(Math.log10(step / scale) + 1e-9));
  return `${(ns / scale).toFixed(Math.min(digits, 9))} ${unit}`;
}

// A moment of a recording: what is 4.02 s long may begin at 4.020117 s. `grain`: ns to which it is
// known; no digit is shown that is not.
export function momentText(ns: number, grain = 1_000): string {
  if (!Number.isFinite(ns)) return "–";
  const digits = Math.max(0, Math.min(9, 9 - Math.ceil(Math.log10(Math.max(1, grain)) - 1e-9)));
  return `${(ns / 1e9).toFixed(digits)} s`;
}

const sizes = [
  [1e12, "TB"],
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
] as const;

export function bytesText(bytes: number): string {
  if (!Number.isFinite(bytes)) return "–";
  if (Math.abs(bytes) < 999.5) return `${Math.round(bytes)} B`;
  return withUnit(bytes, sizes);
}

const counts = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
] as const;

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function countText(count: number): string {
  if (!Number.isFinite(count)) return "–";
  if (Math.abs(count) < 1e7) return grouped.format(count);
  return withUnit(count, counts);
}

// What measuring took: "2.6%" of the program's CPU time; where that says nothing (a program that
// does little), the recorder's own time.
export function costText(shareOfProgram: number, recorderNs: number): string {
  return shareOfProgram <= 1 ? percentText(shareOfProgram) : durationText(recorderNs);
}

export function percentText(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const percent = share * 100;
  const size = Math.abs(percent);
  if (size !== 0 && size < 0.005) return "<0.01%";
  return `${percent.toFixed(size < 0.1 ? 2 : 1)}%`;
}

// Three digits: 1.30 beside 1.28.
function plainText(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  const digits = size >= 100 || size < 1 ? 0 : size >= 10 ? 1 : 2;
  return rounded.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: Math.max(digits, size < 1 ? 12 : 0),
  });
}

export type Unit = "ns" | "bytes" | "count" | "share" | string;

export function valueText(value: number, unit: Unit): string {
  switch (unit) {
    case "ns":
      return durationText(value);
    case "bytes":
      return bytesText(value);
    case "count":
      return countText(value);
    case "share":
      return percentText(value);
    case "ns/s":
      // Time in each second: of one CPU, 100% is all of it.
      return percentText(value / 1e9);
    case "bytes/s":
      return `${bytesText(value)}/s`;
    case "/s":
      // One in four seconds is not none.
      return `${value !== 0 && Math.abs(value) < 10 ? plainText(value) : countText(value)}/s`;
    default:
      // A whole number is shown whole: 24,528 of something is not 24,500.
      if (Number.isInteger(value)) return `${countText(value)}${unit ? ` ${unit}` : ""}`;
      return `${plainText(value)}${unit ? ` ${unit}` : ""}`;
  }
}

// "+12.0 ms", "−3.1%": the sign is a word of its own in colour-blind eyes.
export function signedText(value: number, text: (value: number) => string): string {
  if (value === 0) return text(0);
  return `${value > 0 ? "+" : "−"}${text(Math.abs(value))}`;
}

export function shareOf(value: number, whole: number | null | undefined): number {
  return whole !== null && whole !== undefined && whole > 0 ? value / whole : 0;
}
