// Blocks of facts in the drawer: a title, and names with their values.

import type { ComponentChildren } from "preact";

export function Facts({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="tl-fact">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

export function Rows({
  rows,
}: {
  rows: readonly (readonly [ComponentChildren, ComponentChildren])[];
}) {
  return (
    <dl class="tl-pairs">
      {rows.map(([name, value], i) => (
        <div key={i}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
