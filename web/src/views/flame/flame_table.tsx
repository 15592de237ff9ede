// The graph as a table: its twin for who reads rather than looks, and what one side alone has.

import { countText, percentText, valueText } from "../../base/format";
import { deltaOfRow, oneSided } from "../../layout/flame_layout";
import { type FlameTree, has, moduleOf, nameOf, nodeFlag, pathOf } from "../../layout/flame_tree";
import { shownText } from "../../base/text";
import { type Column, DataTable } from "../../widgets/data_table";
import { ModuleText, NameText } from "../../widgets/name_text";
import { Delta } from "../../widgets/numbers";

export interface FlameTableProps {
  readonly tree: FlameTree;
  readonly rows: readonly number[];
  readonly unit: string;
  readonly isShare: boolean;
  readonly selected: number;
  readonly onSelect: (row: number) => void;
  readonly onOpen: (row: number) => void;
}

function share(value: number, whole: number | undefined): string {
  return whole !== undefined && whole > 0 ? percentText(value / whole) : "–";
}

const indentMost = 40;

export function FlameTable(props: FlameTableProps) {
  const { tree, unit } = props;
  const number = (
    id: string,
    title: string,
    cell: (row: number) => string,
    width = "6rem",
  ): Column<number> => ({ id, title, width, isNumber: true, cell });
  const columns: Column<number>[] = [
    {
      id: "name",
      title: "Frame",
      width: "minmax(20rem, 3fr)",
      cell: (row) => (
        <span style={{ paddingLeft: `${Math.min(indentMost, tree.depth[row] ?? 0) * 10}px` }}>
          <span class="soft value">{tree.depth[row] ?? 0} </span>
          <NameText text={nameOf(tree, row)} />
        </span>
      ),
    },
    {
      id: "module",
      title: "Module",
      width: "minmax(6rem, 1fr)",
      cell: (row) => <ModuleText module={moduleOf(tree, row)} />,
    },
    number("total", tree.totalB === null ? "Total" : "A total", (row) =>
      valueText(tree.total[row] ?? 0, unit),
    ),
    number("share", "%", (row) => share(tree.total[row] ?? 0, tree.total[0]), "4.5rem"),
    number("self", tree.totalB === null ? "Self" : "A self", (row) =>
      valueText(tree.self[row] ?? 0, unit),
    ),
  ];
  if (tree.totalB !== null) {
    const { totalB, selfB } = tree;
    columns.push(
      number("total-b", "B total", (row) => valueText(totalB[row] ?? 0, unit)),
      number("share-b", "B %", (row) => share(totalB[row] ?? 0, totalB[0]), "4.5rem"),
      number("self-b", "B self", (row) => valueText(selfB?.[row] ?? 0, unit)),
      {
        id: "delta",
        title: "Change",
        width: "6rem",
        isNumber: true,
        cell: (row) => (
          <Delta
            value={deltaOfRow(tree, row, props.isShare)}
            unit={props.isShare ? "share" : unit}
          />
        ),
      },
    );
  }
  columns.push(number("samples", "Samples", (row) => countText(tree.samples[row] ?? 0), "5.5rem"));
  return (
    <DataTable
      label="Frames"
      columns={columns}
      rows={props.rows}
      rowKey={(row) => `${row}`}
      selected={`${props.selected}`}
      onSelect={props.onSelect}
      onOpen={props.onOpen}
    />
  );
}

export function OneSidedTable(props: Omit<FlameTableProps, "rows">) {
  const { tree, unit } = props;
  const rows = oneSided(tree);
  const columns: Column<(typeof rows)[number]>[] = [
    {
      id: "side",
      title: "Only in",
      width: "5rem",
      cell: ({ side }) => (
        <b class={side === "b" ? "delta more" : "delta less"}>{side.toUpperCase()}</b>
      ),
    },
    {
      id: "name",
      title: "Frame",
      width: "minmax(12rem, 2fr)",
      cell: ({ row }) => <NameText text={nameOf(tree, row)} />,
    },
    {
      id: "value",
      title: "Total",
      width: "6rem",
      isNumber: true,
      cell: ({ value }) => valueText(value, unit),
    },
    {
      id: "share",
      title: "% of its side",
      width: "6.5rem",
      isNumber: true,
      cell: ({ value, side }) => share(value, (side === "a" ? tree.total : tree.totalB)?.[0]),
    },
    {
      id: "path",
      title: "Called by",
      width: "minmax(12rem, 3fr)",
      cell: ({ row }) => {
        const path = pathOf(tree, row).slice(0, -1).reverse();
        const names = path.slice(0, 12).map((one) => shownText(nameOf(tree, one), 80));
        return <bdi class="soft">{names.join(" ‹ ") || "nothing: it is outermost"}</bdi>;
      },
    },
  ];
  return (
    <DataTable
      label="Frames of one side alone"
      columns={columns}
      rows={rows}
      rowKey={({ row }) => `${row}`}
      selected={`${props.selected}`}
      onSelect={({ row }) => props.onSelect(row)}
      onOpen={({ row }) => props.onOpen(row)}
    />
  );
}

// All rows that are inside of the zoom, the heaviest first below each.
export function rowsBelow(tree: FlameTree, root: number): readonly number[] {
  const out: number[] = [];
  const end = tree.end[root] ?? 0;
  for (let row = root; row < end; row++) out.push(row);
  return out;
}

export function hasFolds(tree: FlameTree): boolean {
  return tree.flags.some((flags) => (flags & nodeFlag.folded) !== 0);
}

export function isOneSided(tree: FlameTree): boolean {
  for (let row = 1; row < tree.rows; row++) {
    if (has(tree, row, nodeFlag.onlyA | nodeFlag.onlyB)) return true;
  }
  return false;
}
