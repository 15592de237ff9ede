// Who calls the selected function, and what it calls: two tables whose rows lead on.

import { countText, percentText, shareOf, valueText } from "../../base/format";
import { selectionOf, sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { functionActions, timelineAction } from "../../widgets/function_actions";
import { type Column, DataTable } from "../../widgets/data_table";
import { type Action, ActionBar } from "../../widgets/menu";
import { FunctionText, ModuleText, NameText, PlaceText } from "../../widgets/name_text";
import { Delta, Share } from "../../widgets/numbers";
import { ProblemNote, Skeleton } from "../../widgets/states";
import { useAnswer } from "../../widgets/use_answer";
import { type FunctionAnswer, type Neighbour } from "./functions_answer";

export function FunctionNeighbours({ weight, unit }: { weight: string; unit: string }) {
  const { store } = useApp();
  const state = store.state.value;
  const answer = useAnswer<FunctionAnswer>("function", {
    ...sidesOf(state),
    ...selectionOf(state),
    weight,
    key: state.key,
  });
  if (answer.problem !== null) return <ProblemNote problem={answer.problem} again={answer.again} />;
  const found = answer.value;
  if (found === null) return <Skeleton rows={4} />;
  return (
    <section
      class={`neighbours ${answer.isStale ? "is-stale" : ""}`}
      aria-label="The selected function"
    >
      <header>
        <h2>
          <NameText text={found.name} />
        </h2>
        <span class="soft">
          <PlaceText file={found.file} line={found.line} /> · <ModuleText module={found.module} />
        </span>
        <span class="value">
          self {valueText(found.self, unit)} · total {valueText(found.total, unit)}
          {found.b !== undefined && found.b !== null && (
            <span class="soft">
              {" "}
              · B {valueText(found.b.self, unit)}, {valueText(found.b.total, unit)}
            </span>
          )}
        </span>
        <span class="grow" />
        <FunctionLinks name={found.name} />
        <button
          type="button"
          class="small plain"
          aria-label="Close the callers and callees"
          onClick={() => store.set({ key: "" }, true)}
        >
          ×
        </button>
      </header>
      <div class="neighbour-tables">
        <NeighbourTable
          title="Called by"
          none="Nothing calls it: stacks begin here."
          whole={found}
          rows={found.callers}
          unit={unit}
        />
        <NeighbourTable
          title="Calls"
          none="It calls nothing that was seen."
          whole={found}
          rows={found.callees}
          unit={unit}
        />
      </div>
    </section>
  );
}

function FunctionLinks({ name }: { name: string }) {
  const app = useApp();
  const state = app.store.state.value;
  const isSpan = state.weight === "spans" || state.weight === "gpu";
  const actions: readonly Action[] = [
    ...functionActions(app, state.key, ["stacks", "sandwich", "source"]),
    timelineAction(app, { key: state.key, span: isSpan ? name : null }),
  ];
  return <ActionBar label="Show the function elsewhere" actions={actions} />;
}

interface NeighbourProps {
  readonly title: string;
  readonly none: string;
  readonly whole: FunctionAnswer;
  readonly rows: readonly Neighbour[];
  readonly unit: string;
}

function NeighbourTable(props: NeighbourProps) {
  const app = useApp();
  const { whole, unit } = props;
  const walk = (row: Neighbour): void => {
    app.store.set({ key: row.key });
    app.say(`${row.name}`);
  };
  const columns: Column<Neighbour>[] = [
    {
      id: "name",
      title: props.title,
      width: "minmax(8rem, 2.4fr)",
      cell: (row) => (
        <button type="button" class="link" tabIndex={-1} onClick={() => walk(row)}>
          <FunctionText text={row.name} />
        </button>
      ),
    },
    {
      id: "module",
      title: "Module",
      width: "minmax(5rem, 0.8fr)",
      cell: (row) => <ModuleText module={row.module} />,
    },
    {
      id: "total",
      title: "Total",
      width: "5.5rem",
      isNumber: true,
      cell: (row) => valueText(row.total, unit),
    },
    {
      id: "share",
      title: "%",
      hint: "Of the selected function's total",
      width: "6.5rem",
      isNumber: true,
      cell: (row) => <Share value={shareOf(row.total, whole.total)} />,
    },
  ];
  if (app.store.state.value.b !== null) {
    const ofB = whole.b?.total ?? 0;
    columns.push(
      {
        id: "b",
        title: "B %",
        width: "4.6rem",
        isNumber: true,
        cell: (row) => (row.b === null ? "–" : percentText(shareOf(row.b.total, ofB))),
      },
      {
        id: "delta",
        title: "Δ total",
        width: "5.5rem",
        isNumber: true,
        cell: (row) => <Delta value={(row.b?.total ?? 0) - row.total} unit={unit} />,
      },
    );
  } else {
    columns.push({
      id: "samples",
      title: "Samples",
      width: "5.6rem",
      isNumber: true,
      cell: (row) => countText(row.samples),
    });
  }
  if (props.rows.length === 0) {
    return (
      <div class="neighbour-none">
        <b>{props.title}</b>
        <p class="soft">{props.none}</p>
      </div>
    );
  }
  return (
    <DataTable
      label={props.title}
      columns={columns}
      rows={props.rows}
      rowKey={(row) => row.key}
      onOpen={walk}
    />
  );
}
