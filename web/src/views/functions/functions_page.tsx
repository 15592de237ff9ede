// Functions: where the time goes by name; and spans: how long what the program marked takes.

import { onPage } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { Tabs } from "../../widgets/choice";
import { FunctionTable } from "./function_table";
import { SpanTable } from "./span_table";
import "./functions.css";

const tabName = "functions.tab";
const tabs = [
  { id: "functions", says: "Functions", hint: "From samples of stacks" },
  { id: "spans", says: "Spans", hint: "What the program marked, each with its durations" },
] as const;

export default function FunctionsPage() {
  const { store } = useApp();
  const state = store.state.value;
  const tab = state.more[tabName] === "spans" ? "spans" : "functions";
  return (
    <div class="page-body">
      <h1 class="hidden">Functions</h1>
      <div class="page-tabs">
        <Tabs
          label="What is listed"
          value={tab}
          tabs={tabs}
          onChoose={(id) =>
            // The two are sorted by columns of their own.
            store.set(
              onPage(state, "functions", {
                more: { ...state.more, [tabName]: id === "spans" ? id : "" },
              }),
            )
          }
        />
      </div>
      {tab === "spans" ? <SpanTable /> : <FunctionTable />}
    </div>
  );
}
