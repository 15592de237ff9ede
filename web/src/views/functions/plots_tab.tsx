// Values that the program plots: how large they are, over what is selected.

import { shownText } from "../../base/text";
import { NameText } from "../../widgets/name_text";
import { DetailTable, type DetailColumn, Lacking, number, text } from "./detail_table";
import type { DetailSide, Plot, Plots } from "./details_types";

export function PlotsTab({ a, b }: { a: DetailSide; b: DetailSide | null }) {
  const [one, other] = [a.plots, b === null ? null : b.plots];
  return (
    <Lacking title="Plots" a={one} b={other}>
      <DetailTable
        title="Plots"
        note="Each value counts once, however long it held."
        a={one.plots}
        b={other === null ? null : other.plots}
        hidden={one.plots_hidden}
        command="hone report --spans --top 0"
        nameOf={(row) => row.name}
        columns={columns}
        none="None in what is selected."
      />
      <Missing plots={one} side={other === null ? "" : "A: "} />
      {other !== null && <Missing plots={other} side="B: " />}
    </Lacking>
  );
}

function Missing({ plots, side }: { plots: Plots; side: string }) {
  return (
    <>
      {plots.missing.map(({ name, lacks }) => (
        <p key={name} class="soft">
          {side}
          {shownText(name, 120)} is not known: no plot {shownText(lacks, 120)} was recorded.
        </p>
      ))}
    </>
  );
}

const value = (
  id: string,
  title: string,
  pick: (row: Plot) => number,
  isCompared: boolean,
): DetailColumn<Plot> =>
  number(id, title, (row) => row.unit, pick, { isCompared, width: "6.4rem" });

const columns: readonly DetailColumn<Plot>[] = [
  text("name", "Plot", "minmax(12rem, 2fr)", (row) => (
    <>
      <NameText text={row.name} />
      {row.expression !== undefined && (
        <span class="soft"> = {shownText(row.expression, 120)}</span>
      )}
    </>
  )),
  number("count", "Values", "count", (row) => row.count, { isCompared: true }),
  value("least", "Least", (row) => row.least, false),
  value("mean", "Mean", (row) => row.mean, true),
  value("most", "Most", (row) => row.most, true),
  value("last", "Last", (row) => row.last, true),
];
