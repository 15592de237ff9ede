// Ask anything else, in SQL. Read-only, with a limit of rows and of time that are both said.

import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../../base/result";
import { sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { EmptyNote, ProblemNote, Skeleton } from "../../widgets/states";
import { useAnswer } from "../../widgets/use_answer";
import type { EditorProps } from "./editor";
import {
  addRan,
  addSaved,
  examples,
  ranBefore,
  removeSaved,
  type Saved,
  savedQueries,
} from "./history";
import { Results } from "./results";
import { SchemaTree } from "./schema_tree";
import type { Rows, Schema } from "./sql_types";
import "./sql.css";

const limits = [1_000, 10_000, 100_000, 1_000_000];
const timeoutMs = 30_000;

export default function SqlPage() {
  const app = useApp();
  const state = app.store.state.value;
  const text = state.more["sql.text"] ?? "";
  const schema = useAnswer<Schema>("schema", {});
  const [Editor, setEditor] = useState<ComponentType<EditorProps> | null>(null);
  const [rows, setRows] = useState<Rows | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [running, setRunning] = useState<AbortController | null>(null);
  const [limit, setLimit] = useState(10_000);
  const [picked, setPicked] = useState({ text: "", turn: 0 });
  const latest = useRef(text);
  latest.current = text;

  useEffect(() => {
    void import("./editor").then((code) => setEditor(() => code.default));
  }, []);

  const setText = (next: string): void => {
    latest.current = next;
    app.store.set({ more: { ...app.store.state.value.more, "sql.text": next } }, true);
  };
  const pick = (next: string): void => {
    setText(next);
    setPicked((before) => ({ text: next, turn: before.turn + 1 }));
  };
  const run = (): void => {
    const sql = latest.current.trim();
    if (sql === "" || running !== null) return;
    const abort = new AbortController();
    setRunning(abort);
    setProblem(null);
    addRan(localStorage, sql);
    const values = { ...sidesOf(state), limit, timeout_ms: timeoutMs };
    void app.client.post<Rows>("query", values, sql, abort.signal).then((answer) => {
      setRunning(null);
      if (answer.ok) {
        setRows(answer.value);
        app.say(`${answer.value.row_count} rows`);
      } else if (answer.error.kind !== "cancelled") {
        setProblem(answer.error);
        setRows(null);
      }
    });
  };
  // A link that brings a statement means its rows.
  useEffect(() => {
    if (text !== "") run();
  }, []);
  useEffect(() => app.onKeys({ escape: () => running?.abort() }), [running]);

  if (schema.problem !== null) return <ProblemNote problem={schema.problem} again={schema.again} />;
  return (
    <div class="sql">
      {schema.value === null ? <Skeleton /> : <SchemaTree schema={schema.value} onPick={pick} />}
      <div class="sql-main">
        <h1 class="hidden">SQL</h1>
        <div class="sql-text">
          {Editor === null ? (
            <Skeleton rows={4} says="The editor is being fetched" />
          ) : (
            <Editor
              text={text}
              picked={picked}
              onChange={setText}
              onRun={run}
              complete={async (before) => {
                const answer = await app.client.json<{ names: readonly string[] }>(
                  "complete",
                  { ...sidesOf(state), text: before },
                  new AbortController().signal,
                );
                return answer.ok ? answer.value.names : [];
              }}
            />
          )}
        </div>
        <div class="toolbar">
          {running === null ? (
            <button type="button" onClick={run} title="Ctrl+Enter">
              Run
            </button>
          ) : (
            <button type="button" onClick={() => running.abort()}>
              Cancel
            </button>
          )}
          <label class="side">
            Rows at most
            <select value={limit} onChange={(event) => setLimit(Number(event.currentTarget.value))}>
              {limits.map((one) => (
                <option key={one} value={one}>
                  {one.toLocaleString("en-US")}
                </option>
              ))}
            </select>
          </label>
          <QueryMenu text={text} onPick={pick} />
          <span class="soft">Gives up after {timeoutMs / 1_000} s. Nothing can be written.</span>
        </div>
        {problem !== null && <ProblemNote problem={problem} />}
        {problem === null && rows === null && (
          <EmptyNote title={running === null ? "No statement has run yet" : "Running"}>
            <p>
              Write one, or take one from the menu. Times are nanoseconds since the recording's
              start
              {state.b !== null && "; tables of A are a.spans, those of B b.spans"}.
            </p>
          </EmptyNote>
        )}
        {rows !== null && problem === null && <Results rows={rows} />}
      </div>
    </div>
  );
}

function QueryMenu(props: { text: string; onPick: (sql: string) => void }) {
  const [saved, setSaved] = useState<readonly Saved[]>(() => savedQueries(localStorage));
  const ran = ranBefore(localStorage);
  const isSaved = saved.some(({ sql }) => sql === props.text);
  const save = (): void => {
    const name = window.prompt("A name for this query", props.text.split("\n")[0]?.slice(0, 60));
    if (name !== null && name !== "") setSaved(addSaved(localStorage, { name, sql: props.text }));
  };
  return (
    <>
      <select
        aria-label="Queries"
        value=""
        onChange={(event) => {
          const [kind = "", index = ""] = event.currentTarget.value.split(":");
          const from =
            kind === "ran" ? ran.map((sql) => ({ sql })) : kind === "saved" ? saved : examples;
          props.onPick(from[Number(index)]?.sql ?? "");
          event.currentTarget.value = "";
        }}
      >
        <option value="">Queries …</option>
        <optgroup label="To begin with">
          {examples.map(({ name }, i) => (
            <option key={name} value={`example:${i}`}>
              {name}
            </option>
          ))}
        </optgroup>
        {saved.length > 0 && (
          <optgroup label="Saved">
            {saved.map(({ name }, i) => (
              <option key={name} value={`saved:${i}`}>
                {name}
              </option>
            ))}
          </optgroup>
        )}
        {ran.length > 0 && (
          <optgroup label="Run before">
            {ran.map((sql, i) => (
              <option key={sql} value={`ran:${i}`}>
                {sql.replace(/\s+/g, " ").slice(0, 80)}
              </option>
            ))}
          </optgroup>
        )}
      </select>
      {isSaved ? (
        <button
          type="button"
          class="small"
          onClick={() => {
            const name = saved.find(({ sql }) => sql === props.text)?.name;
            if (name !== undefined) setSaved(removeSaved(localStorage, name));
          }}
        >
          Forget
        </button>
      ) : (
        <button type="button" class="small" disabled={props.text.trim() === ""} onClick={save}>
          Save
        </button>
      )}
    </>
  );
}
