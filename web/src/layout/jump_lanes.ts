// Arrows of jumps beside assembly: which lane each takes, so that none lies on another. Pure.

export interface Jump {
  readonly from: number; // rows
  readonly to: number;
}

export interface PlacedJump extends Jump {
  readonly lane: number; // 0 is the one next to the code
}

// Short ones inside of long ones, as a reader would draw them. Those that find no lane are left
// out, and counted.
export function placeJumps(
  jumps: readonly Jump[],
  lanes: number,
): { readonly placed: readonly PlacedJump[]; readonly left: number } {
  const size = (jump: Jump): number => Math.abs(jump.to - jump.from);
  const order = [...jumps].sort((p, q) => size(p) - size(q) || p.from - q.from);
  const taken: Jump[][] = Array.from({ length: lanes }, () => []);
  const placed: PlacedJump[] = [];
  let left = 0;
  for (const jump of order) {
    const lane = taken.findIndex((others) => others.every((other) => !overlaps(other, jump)));
    if (lane < 0) {
      left++;
      continue;
    }
    taken[lane]?.push(jump);
    placed.push({ ...jump, lane });
  }
  return { placed, left };
}

function ends(jump: Jump): readonly [number, number] {
  return jump.from < jump.to ? [jump.from, jump.to] : [jump.to, jump.from];
}

// Two that go to one place share their lane's end there.
function overlaps(p: Jump, q: Jump): boolean {
  const [pLow, pHigh] = ends(p);
  const [qLow, qHigh] = ends(q);
  return pLow <= qHigh && qLow <= pHigh;
}

// Those that touch the rows in view.
export function jumpsInView(
  jumps: readonly Jump[],
  first: number,
  last: number,
  most: number,
): readonly Jump[] {
  const seen = jumps.filter((jump) => {
    const [low, high] = ends(jump);
    return low < last && high >= first;
  });
  return seen.slice(0, most);
}
