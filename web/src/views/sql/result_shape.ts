// What can be done with rows: which columns are times, which may be drawn. Pure.

import { durationText } from "../../base/format";
import type { Cell, Rows } from "./sql_types";

// Names of columns that hold nanoseconds, as the tables of the recording have them.
const durations =
  /^(dur|total|self|self_time|total_time|mean|min|max|p50|p95|p99|wait|hold|.*_ns)$/;

export function isDuration(name: string): boolean {
  return durations.test(name);
}

export function cellText(value: Cell, column: string): string {
  if (value === null) return "";
  if (typeof value === "number" && isDuration(column)) return durationText(value);
  if (typeof value === "number" && !Number.isInteger(value)) return value.toPrecision(6);
  return String(value);
}

const widthRows = 200; // rows that a column's width goes by
const lettersLeast = 4;
const lettersMost = 60;
const letterRem = 0.55;

// As wide as the name and the first rows need, in letters: what is left over goes to columns by
// what they hold, so that texts have more of it than numbers.
export function columnWidth(rows: Rows, index: number): string {
  const name = rows.columns[index]?.name ?? "";
  const lengths = rows.rows
    .slice(0, widthRows)
    .map((row) => cellText(row[index] ?? null, name).length);
  const heading = name.length + 2; // it is bold, and has the arrow of the order behind it
  const letters = Math.min(lettersMost, Math.max(lettersLeast, heading, ...lengths));
  const least = Math.min(letters, lettersMost / 2);
  // In rem: a letter (ch) of the heading, which is bold, is wider than one of the rows below.
  return `minmax(${(least * letterRem + 1.5).toFixed(1)}rem, ${letters}fr)`;
}

// Where rows lie in time: the columns ts and dur, whatever their case.
export interface TimeColumns {
  readonly ts: number;
  readonly dur: number | null;
}

export function timeColumns(rows: Rows): TimeColumns | null {
  const find = (name: string): number =>
    rows.columns.findIndex((column) => column.name.toLowerCase() === name);
  const ts = find("ts");
  if (ts < 0) return null;
  const dur = find("dur");
  return { ts, dur: dur < 0 ? null : dur };
}

// The first column of text names bars. Their length is the column of numbers that the rows are
// sorted by, else the first of durations, else the first of numbers; points of time and ids are
// none.
export interface Bars {
  readonly label: number;
  readonly value: number;
}

export function barColumns(rows: Rows): Bars | null {
  const isNumber = (index: number): boolean =>
    rows.rows.some((row) => typeof row[index] === "number") &&
    rows.rows.every((row) => row[index] === null || typeof row[index] === "number");
  const indices = rows.columns.map((_, i) => i);
  const nameOf = (index: number): string => rows.columns[index]?.name ?? "";
  const falls = (index: number): boolean =>
    rows.rows.every(
      (row, i) => i === 0 || Number(row[index]) <= Number(rows.rows[i - 1]?.[index]),
    ) && rows.rows[0]?.[index] !== rows.rows.at(-1)?.[index];
  const numbers = indices.filter((i) => isNumber(i) && !/^(ts|id|.*_id)$/i.test(nameOf(i)));
  const value = numbers.find(falls) ?? numbers.find((i) => isDuration(nameOf(i))) ?? numbers[0];
  const label = indices.find((i) => !isNumber(i)) ?? indices.find((i) => i !== value);
  return value === undefined || label === undefined ? null : { label, value };
}

export function csvText(rows: Rows): string {
  const quoted = (value: Cell): string => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [
    rows.columns.map(({ name }) => quoted(name)),
    ...rows.rows.map((row) => row.map(quoted)),
  ];
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}
