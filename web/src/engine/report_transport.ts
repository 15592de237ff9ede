// Answers out of a report file. A question that it holds is answered as it stands; lists are
// sorted, narrowed and paged here; windows of time are made of the ones that it holds. Whatever
// needs the recording itself is refused, with the command that opens it.
//
// A report of two recordings holds answers about A, about A compared with B (`b=` of B), and about
// B alone (`a=` of B).

import type { Archive } from "./archive";
import { answerList } from "./report_lists";
import { answerTiles } from "./report_tiles";
import type { Reply, Transport } from "./transport";

// What of a question does not change the answer here: the recording is the one there is; graphs are
// held whole, and cut by the page.
const without: Readonly<Record<string, readonly string[]>> = {
  flame: ["pixels", "min_px", "root"],
  frames: ["pixels"],
  source: [],
  weights: ["totals"],
};

function utf8(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}

function refused(name: string): Reply {
  const error = {
    code: "",
    message: "a report holds no answer to this",
    effect: "what it was made with can be seen; filters and details need the recording",
    fixes: [`hone view ${name}`],
  };
  return { status: 404, body: utf8(JSON.stringify({ error })) };
}

// The recordings of a report, as their ids; `b` null: it is of one.
export interface ReportSides {
  readonly a: string | null;
  readonly b: string | null;
}

export function sidesOf(archive: Archive): ReportSides {
  const body = archive.find("recordings");
  if (body === undefined) return { a: null, b: null };
  return (JSON.parse(new TextDecoder().decode(body)) as { initial: ReportSides }).initial;
}

export function plainQuestion(
  target: string,
  sides: ReportSides = { a: null, b: null },
): { path: string; values: URLSearchParams } {
  const [path = "", query = ""] = target.split(/\?(.*)/s);
  const values = new URLSearchParams(query);
  if (sides.b === null || values.get("a") === sides.a) values.delete("a");
  if (sides.b === null) values.delete("b");
  for (const name of without[path] ?? []) values.delete(name);
  values.sort();
  return { path, values };
}

export function spelled(path: string, values: URLSearchParams): string {
  const parts = [...values].map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return parts.length > 0 ? `${path}?${parts.join("&")}` : path;
}

export function reportTransport(archive: Archive, name: string): Transport {
  const sides = sidesOf(archive);
  return {
    isFile: true,
    get(target) {
      const { path, values } = plainQuestion(target, sides);
      const found =
        archive.find(spelled(path, values)) ??
        answerList(archive, path, values) ??
        answerTiles(archive, path, values);
      return Promise.resolve(found === undefined ? refused(name) : { status: 200, body: found });
    },
    post: () => Promise.resolve(refused(name)),
  };
}
