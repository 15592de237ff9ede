// What `schema` and `query` answer.

export interface SchemaColumn {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly doc: string;
  readonly hidden: boolean;
}

export interface SchemaTable {
  readonly name: string;
  readonly doc: string;
  readonly function: boolean;
  readonly columns: readonly SchemaColumn[];
}

export interface Schema {
  readonly tables: readonly SchemaTable[];
  readonly functions: readonly {
    readonly signature: string;
    readonly doc: string;
    readonly aggregate: boolean;
  }[];
}

export type Cell = string | number | null;

export interface Rows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly Cell[])[];
  readonly row_count: number;
  readonly cut: boolean;
  readonly elapsed_ns: number;
  readonly touched: number;
}
