// How questions travel: to the server, or to what a report file carries. Everything above is the
// same for both.

export interface Reply {
  readonly status: number;
  readonly body: ArrayBuffer;
}

export interface Transport {
  // `target` as in docs/reference/api.md, below /api/1/: "functions?a=game&limit=20". Rejects with
  // a TypeError when nobody answers, with an AbortError when it was given up.
  get(target: string, signal: AbortSignal): Promise<Reply>;
  post(target: string, body: Blob | string, signal: AbortSignal): Promise<Reply>;
  // A report file: what it does not carry cannot be asked.
  readonly isFile: boolean;
}

export function serverTransport(root = "/api/1/"): Transport {
  const ask = async (target: string, init: RequestInit): Promise<Reply> => {
    const response = await fetch(root + target, init);
    return { status: response.status, body: await response.arrayBuffer() };
  };
  return {
    isFile: false,
    get: (target, signal) => ask(target, { signal }),
    post: (target, body, signal) => ask(target, { method: "POST", body, signal }),
  };
}
