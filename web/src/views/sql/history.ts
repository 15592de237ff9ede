// Statements that were run, the last first, and those that were given a name. Kept by the browser;
// where it keeps nothing, they last as long as the page.

export interface Saved {
  readonly name: string;
  readonly sql: string;
}

const ranName = "hone-sql-history";
const savedName = "hone-sql-saved";
const ranMax = 50;

// Of a browser's storage, what is needed.
export interface Keep {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

function read<T>(keep: Keep, name: string): readonly T[] {
  try {
    const value: unknown = JSON.parse(keep.getItem(name) ?? "[]");
    return Array.isArray(value) ? (value as readonly T[]) : [];
  } catch {
    return [];
  }
}

function write(keep: Keep, name: string, value: unknown): void {
  try {
    keep.setItem(name, JSON.stringify(value));
  } catch {
    // The browser keeps nothing here.
  }
}

export function ranBefore(keep: Keep): readonly string[] {
  return read<unknown>(keep, ranName).filter((sql) => typeof sql === "string");
}

export function addRan(keep: Keep, sql: string): readonly string[] {
  const next = [sql, ...ranBefore(keep).filter((other) => other !== sql)].slice(0, ranMax);
  write(keep, ranName, next);
  return next;
}

export function savedQueries(keep: Keep): readonly Saved[] {
  return read<Saved>(keep, savedName).filter(
    (one) => typeof one?.name === "string" && typeof one.sql === "string",
  );
}

export function addSaved(keep: Keep, saved: Saved): readonly Saved[] {
  const next = [...savedQueries(keep).filter(({ name }) => name !== saved.name), saved];
  write(keep, savedName, next);
  return next;
}

export function removeSaved(keep: Keep, name: string): readonly Saved[] {
  const next = savedQueries(keep).filter((one) => one.name !== name);
  write(keep, savedName, next);
  return next;
}

// Questions that most recordings can answer: where to begin.
export const examples: readonly Saved[] = [
  {
    name: "Functions by their own time",
    sql: "select name, module_name, self_time, total_time, self_samples\nfrom functions\norder by self_time desc\nlimit 50",
  },
  {
    name: "Spans by name",
    sql: "select name, count, total, self_time, p50, p99\nfrom span_stats\norder by self_time desc\nlimit 50",
  },
  {
    name: "The longest spans",
    sql: "select ts, dur, name, thread_name\nfrom spans\norder by dur desc\nlimit 50",
  },
  {
    name: "The longest waits",
    sql: "select ts, dur, cause, thread_name, stack_text(stack) as stack\nfrom waits\norder by dur desc\nlimit 50",
  },
  {
    name: "Frames over 16.7 ms",
    sql: "select ts, dur, name, number\nfrom frame_times\nwhere dur > 16666667\norder by ts\nlimit 1000",
  },
  {
    name: "What was lost, cut or guessed",
    sql: "select * from diagnostics order by severity desc",
  },
];
