// The columns of the table: of one recording, and of two.

import { countText, percentText, shareOf, valueText } from "../../base/format";
import type { Column } from "../../widgets/data_table";
import { FunctionText, ModuleText, NameText, PlaceText } from "../../widgets/name_text";
import { Delta, Share, Verdict } from "../../widgets/numbers";
import { type FunctionList, type FunctionRow, fewSamples, type Grouping } from "./functions_answer";
import { weightColumns } from "./weight_columns";

type Columns = readonly Column<FunctionRow>[];

function nameColumn(by: Grouping, least = "14rem"): Column<FunctionRow> {
  return {
    id: "name",
    title: by === "function" ? "Function" : by === "line" ? "Line" : "Name",
    width: `minmax(${least}, 3fr)`,
    sortable: true,
    cell: (row) => (
      <>
        {by === "function" ? <FunctionText text={row.name} /> : <NameText text={row.name} />}
        {row.inlined === true && (
          <span class="badge" title="The compiler put it into its callers">
            inlined
          </span>
        )}
        {row.kind === "kernel" && <span class="badge">kernel</span>}
      </>
    ),
  };
}

function placeColumns(by: Grouping): Columns {
  const inColumn: Column<FunctionRow> = {
    id: "in",
    title: "In",
    hint: "The function that the line is in",
    width: "minmax(7rem, 1.4fr)",
    cell: (row) => <FunctionText text={row.in ?? ""} />,
  };
  const moduleColumn: Column<FunctionRow> = {
    id: "module",
    title: "Module",
    width: "minmax(6rem, 0.9fr)",
    cell: (row) => <ModuleText module={row.module} />,
  };
  const fileColumn: Column<FunctionRow> = {
    id: "file",
    title: "File",
    width: "minmax(9rem, 1fr)",
    isSpare: true, // Source has it, too
    cell: (row) => <PlaceText file={row.file} line={row.line} />,
  };
  if (by === "function") return [moduleColumn, fileColumn];
  if (by === "line") return [inColumn, moduleColumn];
  return [];
}

export function columnsOfOne(list: FunctionList, by: Grouping): Columns {
  const value = (number: number): string => valueText(number, list.unit);
  const isFew = list.samples < fewSamples;
  const hasMore = (list.columns?.length ?? 0) > 0;
  return [
    nameColumn(by),
    ...(hasMore ? [] : placeColumns(by)),
    {
      id: "self",
      title: "Self",
      hint: "In the function itself, without what it calls",
      width: "6.5rem",
      isNumber: true,
      sortable: true,
      cell: (row) => value(row.self),
    },
    {
      id: "self-share",
      title: "Self %",
      hint: isFew
        ? `With its interval at 95%: there are only ${list.samples} samples`
        : "Of the whole",
      width: isFew ? "12rem" : "9rem",
      isNumber: true,
      cell: (row) => (
        <Share
          value={shareOf(row.self, list.total)}
          {...(row.self_low !== undefined && { low: row.self_low })}
          {...(row.self_high !== undefined && { high: row.self_high })}
          isWide={isFew && row.self > 0}
        />
      ),
    },
    {
      id: "total",
      title: "Total",
      hint: "With what it calls",
      width: "6.5rem",
      isNumber: true,
      sortable: true,
      cell: (row) => value(row.total),
    },
    {
      id: "total-share",
      title: "Total %",
      width: "9rem",
      isNumber: true,
      cell: (row) => <Share value={shareOf(row.total, list.total)} />,
    },
    {
      id: "samples",
      title: "Samples",
      hint: "That hit the function itself",
      width: "5.5rem",
      isSpare: true,
      isNumber: true,
      sortable: true,
      cell: (row) => countText(row.self_samples),
    },
    ...weightColumns(list.columns ?? [], list.total_b !== null),
    // What was asked for stands beside the numbers.
    ...(hasMore ? placeColumns(by) : []),
  ];
}

export function columnsOfTwo(list: FunctionList, by: Grouping, isShare: boolean): Columns {
  const side = (value: number | undefined, whole: number | null): string => {
    if (value === undefined) return "–";
    return isShare ? percentText(shareOf(value, whole)) : valueText(value, list.unit);
  };
  const number = (
    id: string,
    title: string,
    hint: string,
    cell: Column<FunctionRow>["cell"],
  ): Column<FunctionRow> => ({ id, title, hint, width: "5rem", isNumber: true, cell });
  const hasMore = (list.columns?.length ?? 0) > 0;
  return [
    // All in view in a window of 1,280 pixels.
    nameColumn(by, "13rem"),
    ...(hasMore ? [] : placeColumns(by)),
    number("self-a", "A self", "In the function itself, in A", (row) =>
      row.verdict === "only in b" ? "–" : side(row.self, list.total),
    ),
    number("self-b", "B self", "In the function itself, in B", (row) =>
      side(row.b?.self, list.total_b),
    ),
    {
      id: "delta",
      title: isShare ? "Δ share" : "Δ self",
      hint: "B less A, of self: + where B has more",
      width: "6.5rem",
      isNumber: true,
      sortable: true,
      cell: (row) =>
        row.delta_self === null ? (
          "–"
        ) : (
          <Delta value={row.delta_self} unit={isShare ? "share" : list.unit} />
        ),
    },
    {
      id: "verdict",
      title: "Verdict",
      hint: "Whether the change is more than chance, at 95%",
      width: "7rem",
      cell: (row) => <Verdict word={row.verdict} />,
    },
    number("total-a", "A total", "With what it calls, in A", (row) =>
      row.verdict === "only in b" ? "–" : side(row.total, list.total),
    ),
    number("total-b", "B total", "With what it calls, in B", (row) =>
      side(row.b?.total, list.total_b),
    ),
    {
      id: "samples",
      title: "Samples",
      hint: "That hit the function itself, in A and in B",
      width: "7rem",
      isSpare: true,
      isNumber: true,
      sortable: true,
      cell: (row) =>
        `${countText(row.self_samples)}, ${row.b === null ? "–" : countText(row.b.self_samples)}`,
    },
    ...weightColumns(list.columns ?? [], list.total_b !== null),
    // What was asked for stands beside the numbers.
    ...(hasMore ? placeColumns(by) : []),
  ];
}
