// What may fail, as a value.

export type Result<T, E = Problem> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

// Of an answer of the API that is none. The texts are the server's; `code` is what
// `hone help CODE` explains.
export interface Problem {
  readonly kind: "refused" | "failed" | "gone" | "cancelled" | "absent";
  readonly code: string;
  readonly message: string;
  readonly effect: string;
  readonly fixes: readonly string[];
}

export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

export function failed<E>(error: E): Result<never, E> {
  return { ok: false, error };
}

export function assertUnreachable(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
