// The pages: their names, signs, and the code of each, which is fetched when it is first shown.

import type { ComponentType } from "preact";
import type { Page } from "../model/state";

export interface PageEntry {
  readonly page: Page;
  readonly name: string;
  readonly sign: string; // what a narrow rail shows
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

const absent = () => import("./absent/absent_page");

export const pageEntries: readonly PageEntry[] = [
  { page: "overview", name: "Overview", sign: "◎", load: () => import("./overview/overview_page") },
  { page: "timeline", name: "Timeline", sign: "▤", load: () => import("./timeline/timeline_page") },
  { page: "flame", name: "Flame", sign: "▲", load: () => import("./flame/flame_page") },
  {
    page: "functions",
    name: "Functions",
    sign: "ƒ",
    load: () => import("./functions/functions_page"),
  },
  { page: "source", name: "Source", sign: "≡", load: () => import("./source/source_page") },
  { page: "memory", name: "Memory", sign: "▦", load: absent },
  { page: "benchmarks", name: "Benchmarks", sign: "▥", load: absent },
  { page: "causal", name: "Causal", sign: "↯", load: absent },
  { page: "scale", name: "Scale", sign: "◺", load: absent },
  { page: "system", name: "System", sign: "◧", load: () => import("./system/system_page") },
  { page: "sql", name: "SQL", sign: "▷", load: () => import("./sql/sql_page") },
  { page: "live", name: "Live", sign: "●", load: absent },
];
