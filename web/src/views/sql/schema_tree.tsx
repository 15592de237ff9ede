// The tables with their columns and meanings; a click puts a name where the cursor is, or begins a
// statement.

import { useState } from "preact/hooks";
import type { Schema, SchemaTable } from "./sql_types";

export function SchemaTree(props: { schema: Schema; onPick: (sql: string) => void }) {
  const [text, setText] = useState("");
  const wanted = text.toLowerCase();
  const tables = props.schema.tables.filter(
    ({ name, doc, columns }) =>
      wanted === "" ||
      name.includes(wanted) ||
      doc.toLowerCase().includes(wanted) ||
      columns.some((column) => column.name.includes(wanted)),
  );
  return (
    <aside class="sql-schema" aria-label="Schema">
      <input
        type="search"
        placeholder="Find a table or column"
        aria-label="Find a table or column"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {tables.map((table) => (
        <TableEntry key={table.name} table={table} isOpen={wanted !== ""} onPick={props.onPick} />
      ))}
      {wanted === "" && (
        <details>
          <summary>Functions</summary>
          <dl>
            {props.schema.functions.map((one) => (
              <div key={one.signature}>
                <dt>
                  <code>{one.signature}</code>
                </dt>
                <dd class="soft">{one.doc}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </aside>
  );
}

// "span_stats()" wants no arguments; a table function's hidden columns are its arguments.
function beginning(table: SchemaTable): string {
  const names = table.columns.filter((column) => !column.hidden).map(({ name }) => name);
  const from =
    table.function && table.columns.some(({ hidden }) => hidden) ? `${table.name}` : table.name;
  return `select ${names.slice(0, 8).join(", ") || "*"}\nfrom ${from}\nlimit 100`;
}

function TableEntry(props: { table: SchemaTable; isOpen: boolean; onPick: (sql: string) => void }) {
  const { table } = props;
  return (
    <details open={props.isOpen}>
      <summary title={table.doc}>
        <code>{table.name}</code>
        {table.function && <span class="soft"> ( )</span>}
      </summary>
      <p class="soft">{table.doc}</p>
      <button type="button" class="small" onClick={() => props.onPick(beginning(table))}>
        Select from {table.name}
      </button>
      <dl>
        {table.columns.map((column) => (
          <div key={column.name}>
            <dt>
              <code>{column.name}</code>{" "}
              <span class="soft">
                {column.type.toLowerCase()}
                {column.unit !== "" && `, ${column.unit}`}
                {column.hidden && ", argument"}
              </span>
            </dt>
            <dd class="soft">{column.doc}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
