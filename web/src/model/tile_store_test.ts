import { describe, expect, test } from "vitest";
import { tilesAnswer } from "../engine/columns_maker";
import { failed, ok, type Problem } from "../base/result";
import { rangeOf } from "../base/time";
import type { Asked } from "./tile";
import { TileStore } from "./tile_store";
import { tileLength } from "./zoom";

const whole = rangeOf(0, 64 * tileLength(0));
const gone: Problem = { kind: "gone", code: "", message: "", effect: "", fixes: [] };

// A server that answers when it is told to.
function server() {
  const asked: (Asked & { answer: (problem?: Problem) => Promise<void>; signal: AbortSignal })[] =
    [];
  const store = new TileStore(
    (one, signal) =>
      new Promise((resolve) => {
        asked.push({
          ...one,
          signal,
          answer: async (problem) => {
            resolve(
              problem === undefined
                ? ok(tilesAnswer([{ start: 0, end: 1 }], ["x"]))
                : failed(problem),
            );
            await Promise.resolve();
            await Promise.resolve();
          },
        });
      }),
    whole,
    () => {},
  );
  return { store, asked };
}
const brief = ({ tracks, step, first, count }: Asked): string =>
  `${tracks.join("+")} ${step}/${first}x${count}`;
const view = (from: number, to: number) => rangeOf(from * tileLength(0), to * tileLength(0));

describe("what is asked", () => {
  test("all tracks in view in one request, then what is beside, above and below", async () => {
    const { store, asked } = server();
    store.want({ tracks: ["a", "b"], near: ["c"], view: view(4, 6), step: 0 });
    for (let i = 0; i < 12 && asked[i] !== undefined; i += 1) await asked[i]?.answer();
    expect(asked.map(brief)).toEqual([
      "a+b 0/4x2",
      "a+b 0/6x2",
      "a+b 0/2x2",
      "c 0/4x2",
      "a+b 1/2x1",
    ]);
    expect(store.isComplete).toBe(true);
  });
  test("nothing twice, and only what is missing", async () => {
    const { store, asked } = server();
    store.want({ tracks: ["a"], near: [], view: view(4, 6), step: 0 });
    store.want({ tracks: ["a"], near: [], view: view(4, 6), step: 0 });
    expect(asked.length).toBe(1);
    await asked[0]?.answer();
    store.want({ tracks: ["a", "b"], near: [], view: view(5, 7), step: 0 });
    // b lacks both, a one of them: one request holds all.
    expect(asked.map(brief).at(-1)).toBe("a+b 0/5x2");
  });
  test("never more than four tiles at once", async () => {
    const { store, asked } = server();
    store.want({ tracks: ["a"], near: [], view: view(0, 20), step: 0 });
    expect(asked.map(brief)).toEqual(["a 0/0x4"]);
    await asked[0]?.answer();
    expect(asked.map(brief)).toEqual(["a 0/0x4", "a 0/4x4"]);
  });
  test("a request that nobody wants any more is given up", () => {
    const { store, asked } = server();
    store.want({ tracks: ["a"], near: [], view: view(4, 6), step: 0 });
    store.want({ tracks: ["a"], near: [], view: view(40, 42), step: 0 });
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(brief(asked[1] as Asked)).toBe("a 0/40x2");
  });
  test("what is in view goes before what was asked ahead", async () => {
    const { store, asked } = server();
    store.want({ tracks: ["a"], near: [], view: view(4, 6), step: 0 });
    await asked[0]?.answer();
    expect(asked.length).toBe(2); // the right side
    store.want({ tracks: ["b"], near: [], view: view(4, 6), step: 0 });
    expect(asked[1]?.signal.aborted).toBe(true);
    expect(brief(asked[2] as Asked)).toBe("b 0/4x2");
  });
  test("a server that is gone is asked again only when it is to be", async () => {
    const { store, asked } = server();
    store.want({ tracks: ["a"], near: [], view: view(4, 6), step: 0 });
    await asked[0]?.answer(gone);
    store.want({ tracks: ["a"], near: [], view: view(4, 7), step: 0 });
    expect(asked.length).toBe(1);
    store.retry();
    expect(asked.map(brief)).toEqual(["a 0/4x2", "a 0/4x3"]);
  });
  test("what was refused is not asked in a loop", async () => {
    const { store, asked } = server();
    store.want({ tracks: ["a"], near: [], view: rangeOf(0, whole.to), step: 6 });
    await asked[0]?.answer({ ...gone, kind: "refused" });
    expect(asked.filter(({ step }) => step === 6).length).toBe(1);
    expect(store.problem?.kind).toBe("refused");
  });
});

describe("what is drawn meanwhile", () => {
  const picture = (store: TileStore, from: number, to: number, step: number): readonly string[] =>
    store
      .pieces("a", view(from, to), step)
      .map(
        ({ tile, from: a, to: b }) =>
          `${tile.step}/${tile.index} ${a / tileLength(0)}-${b / tileLength(0)}`,
      );
  test("the coarser tile, cut to what is missing", async () => {
    const { store, asked } = server();
    store.want({ tracks: ["a"], near: [], view: view(0, 8), step: 2 });
    await asked[0]?.answer();
    expect(picture(store, 2, 4, 0)).toEqual(["2/0 2-4"]);
    expect(picture(store, 2, 6, 0)).toEqual(["2/0 2-4", "2/1 4-6"]);
  });
  test("finer ones where there is nothing coarser", async () => {
    const { store, asked } = server();
    store.want({ tracks: ["a"], near: [], view: view(5, 7), step: 0 });
    await asked[0]?.answer();
    expect(picture(store, 0, 16, 2)).toEqual(["0/5 5-6", "0/6 6-7"]);
  });
  test("nothing at all before the first answer", () => {
    expect(picture(server().store, 0, 4, 0)).toEqual([]);
  });
});
