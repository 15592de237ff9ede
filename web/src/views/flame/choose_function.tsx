// A sandwich is of one function: which?

import { valueText } from "../../base/format";
import { selectionOf, sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { DataTable } from "../../widgets/data_table";
import { FunctionText, ModuleText } from "../../widgets/name_text";
import { useAnswer } from "../../widgets/use_answer";

interface Row {
  readonly key: string;
  readonly name: string;
  readonly module: string;
  readonly total: number;
  readonly self: number;
}

interface List {
  readonly unit: string;
  readonly rows: readonly Row[];
}

export function ChooseFunction({ weight }: { weight: string | null }) {
  const { store } = useApp();
  const state = store.state.value;
  const answer = useAnswer<List>(
    "functions",
    weight === null
      ? null
      : { ...sidesOf(state), ...selectionOf(state), weight, filter: state.search, limit: 100 },
  );
  const unit = answer.value?.unit ?? "ns";
  const choose = (row: Row): void => store.set({ key: row.key });
  return (
    <div class="fill choose">
      <h2>Whose callers and callees?</h2>
      <p class="soft">Choose a function; the search box finds more by name.</p>
      <DataTable
        label="Functions to choose from"
        columns={[
          {
            id: "name",
            title: "Function",
            width: "minmax(14rem, 3fr)",
            cell: (row: Row) => (
              <button type="button" class="link" onClick={() => choose(row)}>
                <FunctionText text={row.name} />
              </button>
            ),
          },
          {
            id: "module",
            title: "Module",
            width: "minmax(6rem, 1fr)",
            cell: (row: Row) => <ModuleText module={row.module} />,
          },
          {
            id: "self",
            title: "Self",
            width: "7rem",
            isNumber: true,
            cell: (row: Row) => valueText(row.self, unit),
          },
          {
            id: "total",
            title: "Total",
            width: "7rem",
            isNumber: true,
            cell: (row: Row) => valueText(row.total, unit),
          },
        ]}
        rows={answer.value?.rows ?? []}
        rowKey={(row) => row.key}
        onOpen={choose}
      />
    </div>
  );
}
