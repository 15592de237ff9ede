// The table of functions with its bar of choices, and the callers and callees of the selected one.

import { countText, percentText, shareOf, valueText } from "../../base/format";
import { shownText } from "../../base/text";
import { selectionOf, sidesOf, type State } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { Chooser, Choices, Toggle } from "../../widgets/choice";
import { DataTable } from "../../widgets/data_table";
import { Split } from "../../widgets/split";
import { AbsentNote, EmptyNote, ProblemNote, Skeleton } from "../../widgets/states";
import { usePages } from "../../widgets/use_pages";
import {
  countedOf,
  nothingToWeigh,
  useWeights,
  weightAsked,
  WeightMenu,
  weightOf,
} from "../../widgets/weight_menu";
import { columnsOfOne, columnsOfTwo } from "./function_columns";
import {
  type FunctionList,
  type FunctionRow,
  groupingOf,
  groupings,
  kindOf,
  kinds,
} from "./functions_answer";
import { FunctionNeighbours } from "./function_neighbours";
import { ColumnMenu, columnsAsked } from "./weight_columns";

const kindName = "functions.kind";

// What the list is sorted by where nothing is said: in a comparison, by what B adds.
function sortOf(state: State): string {
  return state.sort !== "" ? state.sort : state.b === null ? "self" : "delta";
}

export function FunctionTable() {
  const app = useApp();
  const { store } = app;
  const state = store.state.value;
  const weights = useWeights();
  const weight = weightAsked(weights.value, state.weight);
  const by = groupingOf(state.by);
  const isCompared = state.b !== null;
  const sort = sortOf(state);
  const list = usePages<FunctionList, FunctionRow>(
    "functions",
    weight === null
      ? null
      : {
          ...sidesOf(state),
          ...selectionOf(state),
          weight,
          by,
          sort,
          order: state.order,
          per: isCompared ? state.per : null,
          filter: state.search,
          kind: kindOf(state.more[kindName]),
          columns: columnsAsked(state, weight),
        },
  );
  const { head, rows } = list;
  // Callers and callees are those of functions.
  const hasNeighbours = by === "function" && state.key !== "";
  const select = (row: FunctionRow): void => {
    store.set({ key: row.key }, true);
    if (head !== null) app.say(spoken(row, head));
  };
  const absent = head?.absent ?? (weight === null ? nothingToWeigh(weights.value) : null);
  const table =
    list.problem !== null ? (
      <ProblemNote problem={list.problem} again={list.again} />
    ) : absent !== null ? (
      <AbsentNote absent={absent} />
    ) : head === null ? (
      weights.problem !== null ? (
        <ProblemNote problem={weights.problem} again={weights.again} />
      ) : (
        <Skeleton />
      )
    ) : rows.length === 0 ? (
      <NothingFound />
    ) : (
      <DataTable
        label="Functions"
        columns={
          isCompared ? columnsOfTwo(head, by, state.per === "share") : columnsOfOne(head, by)
        }
        rows={rows}
        total={head.rows_total}
        rowKey={(row) => row.key}
        sort={sort}
        order={state.order}
        onSort={(column, order) => store.set({ sort: column, order })}
        selected={state.key}
        onSelect={select}
        onOpen={(row) => {
          if (by === "function") store.set({ page: "source", key: row.key });
        }}
        onEnd={list.more}
      />
    );
  return (
    <>
      <FunctionBar head={head} rows={rows.length} />
      <Split
        label="How much of the page the table has"
        direction="rows"
        share={0.6}
        first={<div class={`fill ${list.isStale ? "is-stale" : ""}`}>{table}</div>}
        second={
          hasNeighbours && weight !== null ? (
            <FunctionNeighbours weight={weight} unit={head?.unit ?? "ns"} />
          ) : null
        }
      />
    </>
  );
}

function spoken(row: FunctionRow, head: FunctionList): string {
  const name = shownText(row.name, 120);
  const self = `self ${valueText(row.self, head.unit)}, ${percentText(shareOf(row.self, head.total))}`;
  return row.verdict === "" ? `${name}, ${self}` : `${name}, ${self}, ${row.verdict}`;
}

function NothingFound() {
  const { store } = useApp();
  const { search } = store.state.value;
  return (
    <EmptyNote
      title={
        search === ""
          ? "Nothing was measured here"
          : `Nothing is named like "${shownText(search, 60)}"`
      }
    >
      <p class="soft">The filters above the table and the search box say what is looked at.</p>
      {search !== "" && (
        <button type="button" onClick={() => store.set({ search: "" })}>
          Clear the search
        </button>
      )}
    </EmptyNote>
  );
}

function FunctionBar({ head, rows }: { head: FunctionList | null; rows: number }) {
  const { store } = useApp();
  const state = store.state.value;
  const weights = useWeights();
  const isCompared = state.b !== null;
  const sort = sortOf(state);
  const addsFirst = sort === "delta" && state.order === "desc";
  const savesFirst = sort === "delta" && state.order === "asc";
  return (
    <div class="toolbar">
      <WeightMenu
        weights={weights.value}
        value={state.weight}
        onChoose={(id) => store.set({ weight: id })}
      />
      <Chooser
        label="By"
        value={groupingOf(state.by)}
        choices={groupings}
        onChoose={(by) => store.set({ by, key: "" })}
      />
      <ColumnMenu weights={weights.value} />
      <Choices
        label="Which code"
        value={kindOf(state.more[kindName])}
        choices={kinds}
        onChoose={(kind) =>
          store.set({ more: { ...state.more, [kindName]: kind === "all" ? "" : kind } })
        }
      />
      {isCompared && (
        <>
          <Choices
            label="Compared by"
            value={state.per}
            choices={[
              { id: "share", says: "Shares", hint: "Of each side's own whole" },
              { id: "total", says: "Totals", hint: "As measured: longer recordings have more" },
            ]}
            onChoose={(per) => store.set({ per })}
          />
          <Toggle
            says="What B adds"
            hint="Sorted by the change, what grew most first"
            isOn={addsFirst}
            onChange={() => store.set({ sort: "delta", order: "desc" })}
          />
          <Toggle
            says="What B saves"
            hint="Sorted by the change, what shrank most first"
            isOn={savesFirst}
            onChange={() => store.set({ sort: "delta", order: "asc" })}
          />
        </>
      )}
      <span class="grow" />
      {head !== null && (
        <span class="soft value" role="status">
          {rows < head.rows_total ? `${countText(rows)} of ` : ""}
          {countText(head.rows_total)} · {valueText(head.total, head.unit)} in{" "}
          {countText(head.samples)} {countedOf(weightOf(weights.value, state.weight))}
          {head.total_b !== null && ` · B ${valueText(head.total_b, head.unit)}`}
        </span>
      )}
    </div>
  );
}
