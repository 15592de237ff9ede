// While nothing else is asked, what a person is likely to look at next: then it is made when they
// come. The paths of the flame graph are most of its work (a second of it for a million stacks),
// and the server keeps them; of spans, which may be of a hundred million, nothing is asked ahead.

import { useEffect } from "preact/hooks";
import type { Client, Values } from "../engine/client";
import { targetOf } from "../engine/client";
import { selectionOf, sidesOf } from "../model/state";
import { pageEntries } from "../views/registry";
import { useApp } from "../widgets/app_context";
import { type Weights, weightOf } from "../widgets/weight_menu";

export function useAskAhead(): void {
  const { client, store, recordings } = useApp();
  const state = store.state.value;
  const asked = { ...sidesOf(state), ...selectionOf(state) };
  const isUseful =
    !client.isFile && state.page !== "flame" && (recordings.value?.recordings.length ?? 0) > 0;
  useEffect(() => {
    if (!isUseful) return undefined;
    const abort = new AbortController();
    void askAhead(client, asked, abort.signal);
    return () => abort.abort();
  }, [client, isUseful, targetOf("flame", asked)]);
}

async function askAhead(client: Client, asked: Values, signal: AbortSignal): Promise<void> {
  await client.quiet(signal);
  if (signal.aborted) return;
  const weights = await client.json<Weights>("weights", { ...asked, totals: "0" }, signal);
  const first = weights.ok ? weightOf(weights.value, "") : null;
  if (first === null || (first.what !== "samples" && first.what !== "costs")) return;
  // What cannot be fetched now is asked again, and said, when the page is opened.
  await pageEntries
    .find(({ page }) => page === "flame")
    ?.load()
    .catch(() => undefined);
  if (signal.aborted) return;
  // The whole of it on one pixel: the paths are made, and the answer is one row.
  const small = { weight: first.id, mode: "left", pixels: 1, min_px: 20000 };
  await client.columns("flame", { ...asked, ...small }, signal);
}
