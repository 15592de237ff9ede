// Marks of a time axis: 1, 2 or 5 times a power of ten apart, so that they are read at a glance.

export interface Tick {
  readonly time: number; // ns
  readonly x: number;
}

export interface Ruler {
  readonly step: number; // ns between marks
  // Labels count from here: deep in a recording all would begin with the same ten digits.
  readonly base: number;
  readonly ticks: readonly Tick[];
}

// `room`: pixels that a label needs.
export function layoutRuler(from: number, to: number, width: number, room = 96): Ruler {
  const length = Math.max(1, to - from);
  const wanted = (length * room) / Math.max(room, width);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = Math.max(
    1,
    power * ([1, 2, 5, 10].find((factor) => power * factor >= wanted) ?? 10),
  );
  const ticks: Tick[] = [];
  for (let i = Math.ceil(from / step); i * step <= to; i += 1) {
    ticks.push({ time: i * step, x: ((i * step - from) / length) * width });
  }
  const base = from / step < 10_000 ? 0 : Math.floor(from / (step * 1_000)) * step * 1_000;
  return { step, base, ticks };
}
