// Answers of columns for tests, made of rows: the twin of engine/columns.

import { type Columns, decodeColumns } from "./columns";

type Type = "u8" | "u16" | "u32" | "f64";
const makers = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const;

export interface TableRows {
  readonly name: string;
  readonly columns: Readonly<Record<string, Type>>;
  readonly rows: readonly Readonly<Record<string, number>>[];
}

export function columnsBytes(
  tables: readonly TableRows[],
  json: Readonly<Record<string, unknown>> = {},
): ArrayBuffer {
  const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;
  // Offsets are in the JSON whose length they depend on: room for it is taken generously.
  const jsonRoom = padded(JSON.stringify(json).length * 3 + 512 + tables.length * 2_000);
  let at = 16 + jsonRoom;
  const places: { offset: number; values: InstanceType<(typeof makers)[Type]> }[] = [];
  const heads = tables.map(({ name, columns, rows }) => ({
    name,
    rows: rows.length,
    columns: Object.entries(columns).map(([column, type]) => {
      const values = makers[type].from(rows.map((row) => row[column] ?? 0));
      const offset = at;
      places.push({ offset, values });
      at += padded(values.byteLength);
      return { name: column, type, offset };
    }),
  }));
  const buffer = new ArrayBuffer(at);
  const text = new TextEncoder().encode(JSON.stringify({ ...json, tables: heads }));
  const bytes = new Uint8Array(buffer);
  bytes.fill(0x20, 16, 16 + jsonRoom);
  bytes.set(text, 16);
  const head = new DataView(buffer);
  head.setUint32(0, 0x314c4348, true);
  head.setUint32(4, jsonRoom, true);
  head.setBigUint64(8, BigInt(at), true);
  for (const { offset, values } of places) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
  }
  return buffer;
}

export interface SliceRow {
  readonly track?: number;
  readonly depth?: number;
  readonly start: number;
  readonly end: number;
  readonly name?: number;
  readonly count?: number;
  readonly event?: number;
  readonly busy?: number;
  readonly flags?: number;
  readonly color?: number;
}

export interface ValueRow {
  readonly track?: number;
  readonly bucket: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
  readonly count?: number;
}

// An answer to `tiles`.
export function tilesAnswer(
  slices: readonly SliceRow[],
  names: readonly string[] = [""],
  values: readonly ValueRow[] = [],
): Columns {
  const whole = {
    track: 0,
    depth: 0,
    name: 0,
    count: 1,
    event: 0xffffffff,
    busy: 255,
    flags: 0,
    color: 0,
  };
  return decodeColumns(
    columnsBytes(
      [
        {
          name: "slices",
          columns: {
            track: "u16",
            depth: "u16",
            start: "u32",
            end: "u32",
            name: "u32",
            count: "u32",
            event: "u32",
            busy: "u8",
            flags: "u8",
            color: "u32",
          },
          rows: slices.map((slice) => ({ ...whole, ...slice })),
        },
        {
          name: "values",
          columns: {
            track: "u16",
            bucket: "u32",
            min: "f64",
            max: "f64",
            last: "f64",
            count: "u32",
          },
          rows: values.map((value) => ({ track: 0, count: 1, ...value })),
        },
      ],
      { names },
    ),
  );
}
