// The API with types: questions in, values or problems out.
//
//   const client = new Client(serverTransport());
//   const answer = await client.json<Recordings>("recordings", {}, signal);
//
// While a recording is being opened the client asks again until it is there, and tells `onLoading`.

import { failed, ok, type Problem, type Result } from "../base/result";
import { ColumnError, type Columns, decodeColumns } from "./columns";
import type { Reply, Transport } from "./transport";

export type Value = string | number | boolean | null | undefined | readonly (string | number)[];
export type Values = Readonly<Record<string, Value>>;

export interface Loading {
  readonly stage: string;
  readonly share: number | null;
}

// The server itself waits a while before it says that it is still loading.
const againMs = 30;
const quietLooks = 3;
const quietLookMs = 20;

// "functions?a=game&t=0-1000": what is null, undefined, false or empty is left out, in the order of
// the names, so that one question has one spelling (caches and report files look it up by that).
export function targetOf(path: string, values: Values): string {
  const parts: string[] = [];
  for (const name of Object.keys(values).sort()) {
    const value = values[name];
    if (value === null || value === undefined || value === false || value === "") continue;
    if (Array.isArray(value) && value.length === 0) continue;
    const text = value === true ? "1" : String(value);
    parts.push(`${name}=${encodeURIComponent(text)}`);
  }
  return parts.length > 0 ? `${path}?${parts.join("&")}` : path;
}

function problem(kind: Problem["kind"], message: string, more: Partial<Problem> = {}): Problem {
  return { kind, code: "", message, effect: "", fixes: [], ...more };
}

export class Client {
  readonly isFile: boolean;
  readonly #transport: Transport;
  readonly #onLoading: (loading: Loading | null) => void;
  readonly #onGone: (isGone: boolean) => void;
  #underWay = 0;

  constructor(
    transport: Transport,
    onLoading: (loading: Loading | null) => void = () => {},
    onGone: (isGone: boolean) => void = () => {},
  ) {
    this.#transport = transport;
    this.isFile = transport.isFile;
    this.#onLoading = onLoading;
    this.#onGone = onGone;
  }

  // Resolves when nothing has been under way for a moment, or `signal` gives up.
  async quiet(signal: AbortSignal): Promise<void> {
    for (let still = 0; still < quietLooks && !signal.aborted;) {
      await new Promise((resolve) => setTimeout(resolve, quietLookMs));
      still = this.#underWay === 0 ? still + 1 : 0;
    }
  }

  async json<T>(path: string, values: Values, signal: AbortSignal): Promise<Result<T>> {
    return this.#parsed(
      await this.#ask(() => this.#transport.get(targetOf(path, values), signal), signal),
    );
  }

  async columns(path: string, values: Values, signal: AbortSignal): Promise<Result<Columns>> {
    const reply = await this.#ask(
      () => this.#transport.get(targetOf(path, values), signal),
      signal,
    );
    if (!reply.ok) return reply;
    try {
      return ok(decodeColumns(reply.value));
    } catch (error) {
      if (!(error instanceof ColumnError || error instanceof SyntaxError)) throw error;
      return failed(problem("failed", `the answer to ${path} cannot be read: ${error.message}`));
    }
  }

  async post<T>(
    path: string,
    values: Values,
    body: Blob | string,
    signal: AbortSignal,
  ): Promise<Result<T>> {
    return this.#parsed(
      await this.#ask(() => this.#transport.post(targetOf(path, values), body, signal), signal),
    );
  }

  #parsed<T>(reply: Result<ArrayBuffer>): Result<T> {
    if (!reply.ok) return reply;
    return ok(JSON.parse(new TextDecoder().decode(reply.value)) as T);
  }

  async #ask(send: () => Promise<Reply>, signal: AbortSignal): Promise<Result<ArrayBuffer>> {
    this.#underWay += 1;
    try {
      return await this.#answered(send, signal);
    } finally {
      this.#underWay -= 1;
    }
  }

  async #answered(send: () => Promise<Reply>, signal: AbortSignal): Promise<Result<ArrayBuffer>> {
    for (;;) {
      let reply: Reply;
      try {
        reply = await send();
      } catch (error) {
        if (signal.aborted) return failed(problem("cancelled", ""));
        if (!(error instanceof TypeError)) throw error;
        this.#onGone(true);
        return failed(problem("gone", "the server does not answer"));
      }
      this.#onGone(false);
      if (reply.status === 200) {
        this.#onLoading(null);
        return ok(reply.body);
      }
      const said = bodyOf(reply.body);
      if (reply.status !== 503 || said.loading === undefined) {
        return failed(problemOf(reply.status, said));
      }
      this.#onLoading(said.loading);
      await new Promise((resolve) => setTimeout(resolve, againMs));
      if (signal.aborted) return failed(problem("cancelled", ""));
    }
  }
}

interface Said {
  readonly error?: Partial<Problem>;
  readonly loading?: Loading;
}

function bodyOf(body: ArrayBuffer): Said {
  const text = new TextDecoder().decode(body);
  try {
    return JSON.parse(text) as Said;
  } catch {
    return { error: { message: text.trim() } };
  }
}

function problemOf(status: number, said: Said): Problem {
  const { code = "", message = `status ${status}`, effect = "", fixes = [] } = said.error ?? {};
  return { kind: status >= 500 ? "failed" : "refused", code, message, effect, fixes };
}
