// Functions: where the time goes by name; spans: how long what the program marked takes; and the
// tables of waits, locks, pools of memory, plots, GPUs and counters; and what the program wrote.

import { onPage } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { Tabs } from "../../widgets/choice";
import { type DetailTab, detailTabs, DetailsTabs } from "./details_tabs";
import { FunctionTable } from "./function_table";
import { MessagesTab } from "./messages_tab";
import { SpanTable } from "./span_table";
import "./functions.css";
import "./details.css";

const tabName = "functions.tab";
const tabs = [
  { id: "functions", says: "Functions", hint: "From samples of stacks" },
  { id: "spans", says: "Spans", hint: "What the program marked, each with its durations" },
  ...detailTabs,
  { id: "messages", says: "Messages", hint: "What the program wrote, by time" },
] as const;
type Tab = (typeof tabs)[number]["id"];

export default function FunctionsPage() {
  const { store } = useApp();
  const state = store.state.value;
  const tab: Tab = tabs.find(({ id }) => id === state.more[tabName])?.id ?? "functions";
  return (
    <div class="page-body">
      <h1 class="hidden">Functions</h1>
      <div class="page-tabs">
        <Tabs
          label="What is listed"
          value={tab}
          tabs={tabs}
          onChoose={(id) =>
            // Each is sorted by columns of its own.
            store.set(
              onPage(state, "functions", {
                more: { ...state.more, [tabName]: id === "functions" ? "" : id },
              }),
            )
          }
        />
      </div>
      <TabView tab={tab} />
    </div>
  );
}

function TabView({ tab }: { tab: Tab }) {
  if (tab === "functions") return <FunctionTable />;
  if (tab === "spans") return <SpanTable />;
  if (tab === "messages") return <MessagesTab />;
  return <DetailsTabs tab={tab satisfies DetailTab} />;
}
