// Lists of a report: held once, in one order; sorted, narrowed and paged here as the server would.

import type { Archive } from "./archive";

interface Row {
  readonly [name: string]: unknown;
}
interface List {
  readonly rows: readonly Row[];
  readonly rows_total?: number;
  readonly unit?: string;
  readonly total?: number;
  readonly total_b?: number | null;
  readonly columns?: readonly Row[];
}

// What a filter looks at.
const texts = ["name", "module", "category", "text", "thread_name"];
// The parameters that say what of a list is wanted, and not which list.
const shape = ["sort", "order", "filter", "kind", "offset", "limit", "columns"];
const lists = new Set(["functions", "spans", "messages"]);

// Names of sorts whose column is called otherwise.
const columns: Readonly<Record<string, string>> = { samples: "self_samples", delta: "delta_self" };

// "self.off-cpu": by a further weight, and with two recordings by its change. Else of two
// recordings the larger side's.
function valueOf(row: Row, sort: string): unknown {
  const [, part = "", id = ""] = /^(self|total)\.(.+)$/.exec(sort) ?? [];
  const b = Object(row["b"] ?? {}) as Row;
  if (id === "") {
    const column = columns[sort] ?? sort;
    const value = row[column];
    const other = b[column];
    return typeof value === "number" && typeof other === "number" ? Math.max(value, other) : value;
  }
  const of = (side: unknown): number => {
    const { counters } = Object(side) as { counters?: Record<string, Record<string, number>> };
    return counters?.[id]?.[part] ?? 0;
  };
  return row["b"] === null || row["b"] === undefined ? of(row) : of(b) - of(row);
}

function compare(sort: string): (one: Row, other: Row) => number {
  return (one, other) => {
    const a = valueOf(one, sort);
    const b = valueOf(other, sort);
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a ?? "").localeCompare(String(b ?? ""));
  };
}

function heldList(archive: Archive, path: string, wanted: URLSearchParams): List | null {
  const question = archive.questions(path).find((q) => {
    const held = new URLSearchParams(q.split("?")[1] ?? "");
    for (const name of shape) held.delete(name);
    held.sort();
    return held.toString() === wanted.toString();
  });
  return question === undefined ? null : readJson<List>(archive, question);
}

function readJson<T>(archive: Archive, question: string): T | null {
  const body = archive.find(question);
  return body === undefined ? null : (JSON.parse(new TextDecoder().decode(body)) as T);
}

interface Part {
  readonly self: unknown;
  readonly total: unknown;
}

// Further weights, out of the lists that are held of them. A row that such a list lacks has none
// of that weight, unless the list was cut: then nobody knows.
function withColumns(archive: Archive, list: List, wanted: URLSearchParams, ids: string): List {
  if (wanted.has("by") && wanted.get("by") !== "function") return list;
  const { weights = [] } =
    readJson<{ weights?: readonly { id: string; name: string }[] }>(archive, "weights") ?? {};
  const columnsHeld: Row[] = [];
  let rows = list.rows;
  for (const id of new Set(ids.split(","))) {
    const of = new URLSearchParams(wanted);
    of.set("weight", id);
    const other = heldList(archive, "functions", of);
    if (other === null) continue;
    const byKey = new Map(other.rows.map((row) => [row["key"], row]));
    const isCut = (other.rows_total ?? other.rows.length) > other.rows.length;
    const none = isCut ? null : { self: 0, total: 0 };
    const part = (row: unknown): Part | null => {
      const { self, total } = Object(row ?? {}) as Partial<Part>;
      return self === undefined ? none : { self, total };
    };
    rows = rows.map((row) => {
      const found = byKey.get(row["key"]);
      const counters = { ...Object(row["counters"] ?? {}), [id]: part(found) };
      if (row["b"] === null || row["b"] === undefined) return { ...row, counters };
      const b = Object(row["b"]) as Row;
      const ofB = { ...Object(b["counters"] ?? {}), [id]: part(found?.["b"]) };
      return { ...row, counters, b: { ...b, counters: ofB } };
    });
    const name = weights.find((weight) => weight.id === id)?.name ?? id;
    const { unit, total = null, total_b: totalB = null } = other;
    columnsHeld.push({ id, name, unit, total, total_b: totalB });
  }
  return { ...list, rows, columns: columnsHeld };
}

export function answerList(
  archive: Archive,
  path: string,
  values: URLSearchParams,
): ArrayBuffer | undefined {
  if (!lists.has(path)) return undefined;
  const wanted = new URLSearchParams(values);
  if (path === "functions" && !wanted.has("by")) wanted.set("by", "function");
  wanted.sort();
  for (const name of shape) wanted.delete(name);
  // What changes are measured by: share is what is meant where nothing is said.
  if (!values.has("b") || values.get("per") === "share") wanted.delete("per");
  const held = heldList(archive, path, wanted);
  if (held === null) return undefined;
  const further = path === "functions" ? (values.get("columns") ?? "") : "";
  const list = further === "" ? held : withColumns(archive, held, wanted, further);

  const filter = (values.get("filter") ?? "").toLowerCase();
  const kind = values.get("kind") ?? "all";
  const kept = list.rows.filter(
    (row) =>
      (filter === "" ||
        texts.some((name) =>
          String(row[name] ?? "")
            .toLowerCase()
            .includes(filter),
        )) &&
      (kind === "all" ||
        row["kind"] === kind ||
        (kind === "system" && row["kind"] === "kernel") ||
        (kind === "inlined" && row["inlined"] === true)),
  );
  const sort = values.get("sort") ?? (path === "messages" ? "time" : "self");
  const isAscending = values.has("order")
    ? values.get("order") === "asc"
    : sort === "name" || sort === "time";
  const by = compare(sort);
  const sign = isAscending ? 1 : -1;
  // Ties go by name, as the server has them.
  const name = (row: Row): string => String(row["name"] ?? "");
  const byName = (one: Row, other: Row): number =>
    name(one) === name(other) ? 0 : name(one) < name(other) ? -1 : 1;
  const sorted = [...kept].sort((one, other) => sign * by(one, other) || byName(one, other));
  const offset = Number(values.get("offset") ?? 0);
  const rows = sorted.slice(offset, offset + Number(values.get("limit") ?? 200));
  const text = JSON.stringify({ ...list, rows, rows_total: kept.length });
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}
