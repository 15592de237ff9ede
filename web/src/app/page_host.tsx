// Shows the page that the state names. Its code is fetched when it is first shown; until then, and
// when that fails, it says so.

import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useErrorBoundary, useState } from "preact/hooks";
import type { Page } from "../model/state";
import { pageEntries } from "../views/registry";
import { useApp } from "../widgets/app_context";
import { ProblemNote, Skeleton } from "../widgets/states";
import { sides } from "./shell";
import { useAskAhead } from "./ask_ahead";
import { StartPage } from "./start_page";

// Pages that fill the window and scroll by themselves.
const full = new Set<Page>(["timeline", "flame", "functions", "source", "sql"]);

export function PageHost() {
  const app = useApp();
  const state = app.store.state.value;
  const { page } = state;
  const [loaded, setLoaded] = useState<ReadonlyMap<Page, ComponentType>>(new Map());
  const [failure, setFailure] = useState("");
  useEffect(() => {
    if (loaded.has(page)) return;
    const entry = pageEntries.find((one) => one.page === page);
    void entry?.load().then(
      (code) => setLoaded((before) => new Map(before).set(page, code.default)),
      (error: unknown) => setFailure(String(error)),
    );
  }, [page, app.retries.value]);
  useEffect(() => {
    const name = pageEntries.find((one) => one.page === page)?.name ?? "";
    document.title = `${name} · ${sides(app.recordings.value, state.a, state.b).a ?? ""} · Hone`;
  }, [page, state.a, app.recordings.value]);

  useAskAhead();

  const list = app.recordings.value;
  if (list !== null && list.recordings.length === 0) return <StartPage />;
  // Until it is known which recordings there are, nothing can be asked of one.
  const Shown = list === null ? undefined : loaded.get(page);
  return (
    <main
      id="page"
      class={`page ${full.has(page) ? "is-full" : ""}`}
      tabIndex={full.has(page) ? -1 : 0} // what scrolls is to be reached by keys
      data-page={page}
    >
      {Shown !== undefined ? (
        <Guarded key={page}>
          <Shown />
        </Guarded>
      ) : failure !== "" ? (
        <ProblemNote
          problem={{
            kind: "failed",
            code: "",
            message: "this page could not be fetched",
            effect: failure,
            fixes: [],
          }}
        />
      ) : (
        <Skeleton />
      )}
    </main>
  );
}

// A mistake of ours on one page leaves the others.
function Guarded(props: { children: ComponentChildren }) {
  const [error, reset] = useErrorBoundary();
  if (error === undefined) return <>{props.children}</>;
  const message = error instanceof Error ? error.message : String(error);
  return (
    <ProblemNote
      problem={{
        kind: "failed",
        code: "",
        message: `this page failed: ${message}`,
        effect: "the other pages work; this is a mistake in Hone",
        fixes: [],
      }}
      again={reset}
    />
  );
}
