// Columns as the server writes them (columns.ts reads them).

export interface TableOut {
  readonly name: string;
  readonly rows: number;
  readonly columns: Readonly<Record<string, Uint8Array | Uint16Array | Uint32Array | Float64Array>>;
}

const magic = 0x314c4348;
const headerBytes = 16;

function typeOf(values: TableOut["columns"][string]): string {
  if (values instanceof Float64Array) return "f64";
  return `u${values.BYTES_PER_ELEMENT * 8}`;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

export function encodeColumns(
  tables: readonly TableOut[],
  more: Readonly<Record<string, unknown>>,
): ArrayBuffer {
  // The offsets stand in the JSON, whose length they depend on: first with room for any.
  const head = (from: number): Uint8Array => {
    let at = from;
    const said = tables.map(({ name, rows, columns }) => ({
      name,
      rows,
      columns: Object.entries(columns).map(([column, values]) => {
        const offset = at;
        at += aligned(values.byteLength);
        return { name: column, type: typeOf(values), offset };
      }),
    }));
    return new TextEncoder().encode(JSON.stringify({ tables: said, ...more }));
  };
  const jsonBytes = aligned(head(1e12).byteLength);
  const all = tables.flatMap(({ columns }) => Object.values(columns));
  const total =
    headerBytes + jsonBytes + all.reduce((sum, one) => sum + aligned(one.byteLength), 0);
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, jsonBytes, true);
  view.setBigUint64(8, BigInt(total), true);
  out.fill(32, headerBytes, headerBytes + jsonBytes);
  out.set(head(headerBytes + jsonBytes), headerBytes);
  let at = headerBytes + jsonBytes;
  for (const values of all) {
    out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += aligned(values.byteLength);
  }
  return out.buffer;
}
