// Lists of a report: held once, in one order; sorted, narrowed and paged here as the server would.

import type { Archive } from "./archive";

interface Row {
  readonly [name: string]: unknown;
}
interface List {
  readonly rows: readonly Row[];
  readonly rows_total?: number;
}

// The parameters that say what of a list is wanted, and not which list.
const shape = ["sort", "order", "filter", "kind", "offset", "limit", "per"];
const lists = new Set(["functions", "spans"]);

function compare(sort: string): (one: Row, other: Row) => number {
  return (one, other) => {
    const a = one[sort];
    const b = other[sort];
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a ?? "").localeCompare(String(b ?? ""));
  };
}

// Names of sorts whose column is called otherwise.
const columns: Readonly<Record<string, string>> = { samples: "self_samples", delta: "delta_self" };

export function answerList(
  archive: Archive,
  path: string,
  values: URLSearchParams,
): ArrayBuffer | undefined {
  if (!lists.has(path)) return undefined;
  const wanted = new URLSearchParams(values);
  for (const name of shape) wanted.delete(name);
  const question = archive.questions(path).find((q) => {
    const held = new URLSearchParams(q.split("?")[1] ?? "");
    for (const name of shape) held.delete(name);
    held.sort();
    return held.toString() === wanted.toString();
  });
  const body = question === undefined ? undefined : archive.find(question);
  if (body === undefined) return undefined;
  const list = JSON.parse(new TextDecoder().decode(body)) as List;

  const filter = (values.get("filter") ?? "").toLowerCase();
  const kind = values.get("kind") ?? "all";
  const kept = list.rows.filter(
    (row) =>
      (filter === "" ||
        `${String(row["name"])} ${String(row["module"] ?? "")}`.toLowerCase().includes(filter)) &&
      (kind === "all" ||
        row["kind"] === kind ||
        (kind === "system" && row["kind"] === "kernel") ||
        (kind === "inlined" && row["inlined"] === true)),
  );
  const sort = values.get("sort") ?? "self";
  const isAscending = values.has("order") ? values.get("order") === "asc" : sort === "name";
  const sorted = [...kept].sort(compare(columns[sort] ?? sort));
  if (!isAscending) sorted.reverse();
  const offset = Number(values.get("offset") ?? 0);
  const rows = sorted.slice(offset, offset + Number(values.get("limit") ?? 200));
  const text = JSON.stringify({ ...list, rows, rows_total: kept.length });
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}
