// A long list, fetched a part at a time. The rows of the last question stay until the first of the
// next one are there.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../base/result";
import { targetOf, type Values } from "../engine/client";
import { useApp } from "./app_context";

export interface Paged<Answer, Row> {
  readonly head: Answer | null; // the first answer, for what it says of the whole
  readonly rows: readonly Row[];
  readonly problem: Problem | null;
  readonly isStale: boolean;
  readonly more: () => void;
  readonly again: () => void;
}

interface Held<Answer, Row> {
  readonly question: string | null;
  readonly head: Answer | null;
  readonly rows: readonly Row[];
  readonly isWhole: boolean;
  readonly problem: Problem | null;
}

const limit = 200;

export function usePages<Answer extends { readonly rows: readonly Row[] }, Row>(
  path: string,
  values: Values | null,
): Paged<Answer, Row> {
  const { client, retries } = useApp();
  const question = values === null ? null : targetOf(path, values);
  const nothing = { question: null, head: null, rows: [], isWhole: false, problem: null };
  const [held, setHeld] = useState<Held<Answer, Row>>(nothing);
  const [turn, setTurn] = useState(0);
  const latest = useRef({ held, values, question, isAsking: false });
  latest.current = { ...latest.current, held, values, question };
  const retry = retries.value;

  const ask = (offset: number, signal: AbortSignal): void => {
    latest.current.isAsking = true;
    void client.json<Answer>(path, { ...values, offset, limit }, signal).then((result) => {
      if (signal.aborted) return;
      latest.current.isAsking = false;
      if (result.ok) {
        const { rows } = result.value;
        setHeld((before) => ({
          question,
          head: offset === 0 ? result.value : before.head,
          rows: offset === 0 ? rows : [...before.rows, ...rows],
          isWhole: rows.length < limit,
          problem: null,
        }));
      } else if (result.error.kind === "gone") {
        setHeld((before) => ({ ...before, problem: result.error }));
      } else if (result.error.kind !== "cancelled") {
        setHeld({ ...nothing, question, problem: result.error });
      }
    });
  };
  const abort = useRef<AbortController | null>(null);
  useEffect(() => {
    if (question === null) return undefined;
    abort.current = new AbortController();
    ask(0, abort.current.signal);
    return () => abort.current?.abort();
  }, [client, question, turn, retry]);

  return {
    head: held.head,
    rows: held.rows,
    problem: held.problem,
    isStale: question !== null && held.question !== question,
    more: () => {
      const now = latest.current;
      if (now.isAsking || now.held.isWhole || now.held.question !== now.question) return;
      if (abort.current !== null) ask(now.held.rows.length, abort.current.signal);
    },
    again: () => setTurn((before) => before + 1),
  };
}
