// What the pages show: one immutable object, all of it in the address, so that a link is a view and
// "back" is undo.

import { type Range, ns, rangeOf } from "../base/time";

export const pages = [
  "overview",
  "timeline",
  "flame",
  "functions",
  "source",
  "memory",
  "benchmarks",
  "causal",
  "scale",
  "system",
  "sql",
  "live",
] as const;
export type Page = (typeof pages)[number];

export interface State {
  readonly page: Page;
  // Recordings by their ids; null: the one that the server begins with.
  readonly a: string | null;
  readonly b: string | null;
  // The filters, which hold on every page.
  readonly range: Range | null;
  readonly threads: readonly number[];
  readonly process: string;
  readonly inside: string; // a span's name
  readonly kernel: boolean;
  // What is looked at.
  readonly weight: string;
  readonly per: "share" | "total"; // what B is compared by
  readonly key: string; // a function
  readonly span: string; // a span's name
  readonly event: string; // "TRACK/NUMBER" on the timeline
  readonly view: Range | null; // what the timeline shows; null: all
  // Of lists.
  readonly by: string;
  readonly sort: string;
  readonly order: "desc" | "asc";
  // Of the flame graph.
  readonly mode: string;
  readonly invert: boolean;
  readonly transforms: readonly string[];
  readonly root: readonly string[];
  readonly search: string; // what the search box says: each page looks for it in its own
  // What one page alone keeps, by its own names: "sql.text".
  readonly more: Readonly<Record<string, string>>;
}

export const start: State = {
  page: "overview",
  a: null,
  b: null,
  range: null,
  threads: [],
  process: "",
  inside: "",
  kernel: true,
  weight: "",
  per: "share",
  key: "",
  span: "",
  event: "",
  view: null,
  by: "",
  sort: "",
  order: "desc",
  mode: "",
  invert: false,
  transforms: [],
  root: [],
  search: "",
  more: {},
};

// The names in the address. Never to be given another meaning: people keep links.
const texts = {
  process: "process",
  inside: "in",
  weight: "w",
  key: "f",
  span: "span",
  event: "event",
  by: "by",
  sort: "sort",
  mode: "mode",
  search: "find",
} as const satisfies Partial<Record<keyof State, string>>;
type TextName = keyof typeof texts;
const textNames = Object.keys(texts) as readonly TextName[];

function rangeText(range: Range): string {
  return `${Math.round(range.from)}-${Math.round(range.to)}`;
}

function rangeFrom(text: string | null): Range | null {
  const match = /^(-?\d{1,16})-(-?\d{1,16})$/.exec(text ?? "");
  if (match === null) return null;
  return rangeOf(ns(Number(match[1])), ns(Number(match[2])));
}

// "#/flame?a=game&w=cpu"
export function toHash(state: State): string {
  const parts: string[] = [];
  const put = (name: string, value: string): void => {
    if (value !== "") parts.push(`${name}=${encodeURIComponent(value)}`);
  };
  put("a", state.a ?? "");
  put("b", state.b ?? "");
  if (state.range !== null) put("t", rangeText(state.range));
  put("threads", state.threads.join(","));
  if (!state.kernel) put("kernel", "0");
  for (const name of textNames) put(texts[name], state[name]);
  if (state.per !== start.per) put("per", state.per);
  if (state.view !== null) put("view", rangeText(state.view));
  if (state.order !== start.order) put("order", state.order);
  if (state.invert) put("invert", "1");
  for (const transform of state.transforms) put("do", transform);
  put("root", state.root.join(","));
  for (const name of Object.keys(state.more).sort()) put(`.${name}`, state.more[name] ?? "");
  return `#/${state.page}${parts.length > 0 ? `?${parts.join("&")}` : ""}`;
}

// Any text is some state: what is not understood is left out.
export function fromHash(hash: string): State {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const values = new URLSearchParams(query);
  const page = pages.find((name) => name === path) ?? "overview";
  const text = (name: string): string => values.get(name) ?? "";
  const list = (name: string): readonly string[] =>
    text(name)
      .split(",")
      .filter((part) => part !== "");
  const more: Record<string, string> = {};
  for (const [name, value] of values) {
    if (name.startsWith(".")) more[name.slice(1)] = value;
  }
  const known: Partial<Record<TextName, string>> = {};
  for (const name of textNames) known[name] = text(texts[name]);
  return {
    ...start,
    ...known,
    page,
    a: values.get("a"),
    b: values.get("b"),
    range: rangeFrom(values.get("t")),
    threads: list("threads")
      .map(Number)
      .filter((id) => Number.isSafeInteger(id) && id >= 0),
    kernel: text("kernel") !== "0",
    per: text("per") === "total" ? "total" : "share",
    view: rangeFrom(values.get("view")),
    order: text("order") === "asc" ? "asc" : "desc",
    invert: text("invert") === "1",
    transforms: values.getAll("do"),
    root: list("root"),
    more,
  };
}

// What questions to the API carry: the recordings and the filters.
export function sidesOf(state: State): Record<string, string | null> {
  return { a: state.a, b: state.b };
}
export function selectionOf(state: State): Record<string, string | null> {
  return {
    t: state.range === null ? null : rangeText(state.range),
    threads: state.threads.join(","),
    process: state.process,
    in: state.inside,
    kernel: state.kernel ? null : "0",
  };
}

export function hasFilters(state: State): boolean {
  return (
    state.range !== null ||
    state.threads.length > 0 ||
    state.process !== "" ||
    state.inside !== "" ||
    !state.kernel
  );
}

export const noFilters: Partial<State> = {
  range: null,
  threads: [],
  process: "",
  inside: "",
  kernel: true,
};

// What another page keeps of where one was: the recordings, the filters and what is selected; not
// how its lists are sorted.
export function onPage(state: State, page: Page, patch: Partial<State> = {}): State {
  return { ...state, by: "", sort: "", order: "desc", page, ...patch };
}
