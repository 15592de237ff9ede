// Answers of many rows: typed arrays over the bytes as they came.
//
//   const answer = decodeColumns(buffer);
//   const nodes = answer.table("nodes");
//   const parent = nodes.u32("parent");
//
// What is not as the format says throws a ColumnError: the bytes come from a server, but may have
// been cut on their way, or be of another version.

export class ColumnError extends Error {}

type Numbers =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

const makers = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
  u64: BigUint64Array,
  i64: BigInt64Array,
} as const;
type Type = keyof typeof makers;

const magic = 0x314c4348;
const headerBytes = 16;

interface ColumnHead {
  readonly name: string;
  readonly type: Type;
  readonly offset: number;
}

interface TableHead {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly ColumnHead[];
}

export class Table {
  readonly rows: number;
  readonly #columns: ReadonlyMap<string, { type: Type; values: Numbers }>;

  constructor(head: TableHead, buffer: ArrayBuffer) {
    this.rows = head.rows;
    this.#columns = new Map(
      head.columns.map((column) => {
        const make = makers[column.type];
        if (make === undefined) throw new ColumnError(`no type '${column.type}'`);
        const end = column.offset + head.rows * make.BYTES_PER_ELEMENT;
        if (column.offset % 8 !== 0 || end > buffer.byteLength) {
          throw new ColumnError(`column ${column.name} lies outside of the answer`);
        }
        return [
          column.name,
          { type: column.type, values: new make(buffer, column.offset, head.rows) },
        ];
      }),
    );
  }

  has(name: string): boolean {
    return this.#columns.has(name);
  }
  u8(name: string): Uint8Array {
    return this.#of(name, "u8") as Uint8Array;
  }
  u16(name: string): Uint16Array {
    return this.#of(name, "u16") as Uint16Array;
  }
  u32(name: string): Uint32Array {
    return this.#of(name, "u32") as Uint32Array;
  }
  f64(name: string): Float64Array {
    return this.#of(name, "f64") as Float64Array;
  }

  #of(name: string, type: Type): Numbers {
    const found = this.#columns.get(name);
    if (found === undefined) throw new ColumnError(`there is no column ${name}`);
    if (found.type !== type) throw new ColumnError(`column ${name} is of ${found.type}`);
    return found.values;
  }
}

export class Columns {
  // Everything of the answer that is not a column.
  readonly json: Readonly<Record<string, unknown>>;
  readonly #tables: ReadonlyMap<string, Table>;

  constructor(buffer: ArrayBuffer) {
    if (buffer.byteLength < headerBytes) throw new ColumnError("the answer is cut");
    const head = new DataView(buffer);
    if (head.getUint32(0, true) !== magic) throw new ColumnError("these are no columns");
    const jsonBytes = head.getUint32(4, true);
    const total = Number(head.getBigUint64(8, true));
    if (total !== buffer.byteLength || headerBytes + jsonBytes > total) {
      throw new ColumnError("the answer is cut");
    }
    const text = new TextDecoder().decode(new Uint8Array(buffer, headerBytes, jsonBytes));
    const json = JSON.parse(text) as Record<string, unknown> & { tables: readonly TableHead[] };
    this.json = json;
    this.#tables = new Map(json.tables.map((table) => [table.name, new Table(table, buffer)]));
  }

  table(name: string): Table {
    const found = this.#tables.get(name);
    if (found === undefined) throw new ColumnError(`there is no table ${name}`);
    return found;
  }
}

export function decodeColumns(buffer: ArrayBuffer): Columns {
  return new Columns(buffer);
}
