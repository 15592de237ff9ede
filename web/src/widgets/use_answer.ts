// A question to the API that follows what it is asked with: the last answer stays while the next
// one comes, so that nothing flashes.
//
//   const functions = useAnswer<Functions>("functions", values);
//   if (functions.value) draw(functions.value);

import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem, Result } from "../base/result";
import type { Client, Values } from "../engine/client";
import { targetOf } from "../engine/client";
import type { Columns } from "../engine/columns";
import { useApp } from "./app_context";

export interface Answer<T> {
  readonly value: T | null; // of the last question that was answered
  readonly problem: Problem | null;
  readonly isStale: boolean; // another question is under way
  readonly again: () => void;
}

type Ask<T> = (client: Client, signal: AbortSignal) => Promise<Result<T>>;

// `question`: what tells one from another; null: there is nothing to ask.
export function useAsked<T>(question: string | null, ask: Ask<T>): Answer<T> {
  const { client, retries } = useApp();
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<{
    readonly value: T | null;
    readonly problem: Problem | null;
    readonly question: string | null;
  }>({ value: null, problem: null, question: null });
  const latest = useRef(ask);
  latest.current = ask;
  const retry = retries.value;
  useEffect(() => {
    if (question === null) return undefined;
    const abort = new AbortController();
    void latest.current(client, abort.signal).then((result) => {
      if (abort.signal.aborted) return;
      if (result.ok) setState({ value: result.value, problem: null, question });
      // Gone: what was shown stays, and the banner says it for all pages.
      else if (result.error.kind !== "cancelled" && result.error.kind !== "gone") {
        setState({ value: null, problem: result.error, question });
      }
    });
    return () => abort.abort();
  }, [client, question, turn, retry]);
  return {
    value: question === null ? null : state.value,
    problem: question === null ? null : state.problem,
    isStale: question !== null && state.question !== question,
    again: () => setTurn((before) => before + 1),
  };
}

export function useAnswer<T>(path: string, values: Values | null): Answer<T> {
  return useAsked<T>(values === null ? null : targetOf(path, values), (client, signal) =>
    client.json<T>(path, values ?? {}, signal),
  );
}

export function useColumns(path: string, values: Values | null): Answer<Columns> {
  return useAsked<Columns>(values === null ? null : targetOf(path, values), (client, signal) =>
    client.columns(path, values ?? {}, signal),
  );
}
