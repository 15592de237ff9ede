// Whether the measurement can be trusted: facts of the machine and the run, what was lost or
// guessed, which modules had names, and what this machine permits.

import { countText, durationText, percentText } from "../../base/format";
import { sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { CopyButton } from "../../widgets/copy_button";
import { ProblemNote, Skeleton } from "../../widgets/states";
import { useAnswer } from "../../widgets/use_answer";
import type { DoctorAnswer, ModuleRow, SystemAnswer, SystemSide } from "./system_types";
import "./system.css";

const severityWords = ["", "information", "notice", "data lost", "error"];

export default function SystemPage() {
  const { store } = useApp();
  const answer = useAnswer<SystemAnswer>("system", sidesOf(store.state.value));
  if (answer.problem !== null) return <ProblemNote problem={answer.problem} again={answer.again} />;
  if (answer.value === null) return <Skeleton says="Reading the facts" />;
  const { a, b, doctor } = answer.value;
  return (
    <div class="system">
      <h1>System</h1>
      <Quality a={a} b={b} />
      <Diagnostics a={a} b={b} />
      <Facts a={a} b={b} />
      <Modules side={a} name={b === null ? "" : "A"} />
      {b !== null && <Modules side={b} name="B" />}
      {doctor !== null && <Doctor doctor={doctor} />}
    </div>
  );
}

interface SidesProps {
  readonly a: SystemSide;
  readonly b: SystemSide | null;
}

function Quality({ a, b }: SidesProps) {
  const rows: readonly (readonly [string, (side: SystemSide) => string])[] = [
    ["Sampler", ({ report }) => report.quality.sampler || "none"],
    ["Samples", ({ report }) => countText(report.summary.sample_count)],
    [
      "Samples lost",
      ({ report: { quality } }) =>
        `${countText(quality.lost_samples)}${
          quality.lost_of_others > 0
            ? `, and ${countText(quality.lost_of_others)} other records (of other programs, threads' starts and ends)`
            : ""
        }`,
    ],
    ["Whole stacks", ({ report }) => percentText(report.quality.stacks.complete_share)],
    ["Broken stacks", ({ report }) => countText(report.quality.stacks.broken)],
    ["Kernel frames", ({ report }) => (report.quality.kernel_side ? "yes" : "not permitted")],
    [
      "What measuring cost",
      ({ report }) =>
        report.quality.overhead_share <= 1
          ? `${percentText(report.quality.overhead_share)} of the program's CPU time, ` +
            `with the recorder's own ${durationText(report.quality.recorder_cpu_ns)}`
          : `${durationText(report.quality.recorder_cpu_ns)} of CPU time: more than the program took itself`,
    ],
    ["CPU time no sample saw", ({ report }) => unsampledText(report.summary.unsampled_ns)],
  ];
  return (
    <section>
      <h2>Quality of the measurement</h2>
      <table class="plain-table">
        <SideHead a={a} b={b} />
        <tbody>
          {rows.map(([name, text]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{text(a)}</td>
              {b !== null && <td>{text(b)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {a.note !== "" && <p>{a.note}</p>}
    </section>
  );
}

// Samples stand for a time each: a little more than there was means that all was seen.
function unsampledText(ns: number): string {
  return ns > 0 ? durationText(ns) : "none";
}

function SideHead({ a, b }: SidesProps) {
  return (
    <thead>
      <tr>
        <td />
        <th scope="col">{b === null ? a.id : `A ${a.id}`}</th>
        {b !== null && <th scope="col">B {b.id}</th>}
      </tr>
    </thead>
  );
}

function Diagnostics({ a, b }: SidesProps) {
  const rows = [
    ...a.report.quality.diagnostics.map((row) => ({ ...row, side: "A" })),
    ...(b?.report.quality.diagnostics ?? []).map((row) => ({ ...row, side: "B" })),
  ].sort((one, other) => other.severity - one.severity);
  return (
    <section>
      <h2>What was lost, cut or guessed</h2>
      {rows.length === 0 ? (
        <p>Nothing.</p>
      ) : (
        <table class="plain-table">
          <thead>
            <tr>
              {b !== null && <th scope="col">Of</th>}
              <th scope="col">How bad</th>
              <th scope="col">What</th>
              <th scope="col">Times</th>
              <th scope="col">Detail</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={`${row.side}${row.name}${i}`}>
                {b !== null && <td>{row.side}</td>}
                <td class={row.severity >= 3 ? "word bad" : "word"}>
                  {severityWords[row.severity] ?? ""}
                </td>
                <td>
                  <code>{row.name}</code>
                </td>
                <td class="number">{countText(row.count)}</td>
                <td>{row.detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

// Facts that differ between A and B are what explains a difference: they are marked.
function Facts({ a, b }: SidesProps) {
  const names = [
    ...new Set([
      ...Object.keys(a.report.summary.facts),
      ...Object.keys(b?.report.summary.facts ?? {}),
    ]),
  ];
  return (
    <section>
      <h2>The run and the machine</h2>
      <table class="plain-table">
        <SideHead a={a} b={b} />
        <tbody>
          {names.map((name) => {
            const one = a.report.summary.facts[name] ?? "";
            const other = b?.report.summary.facts[name] ?? "";
            return (
              <tr key={name} class={b !== null && one !== other ? "differs" : ""}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>{one}</td>
                {b !== null && <td>{other}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function Modules({ side, name }: { side: SystemSide; name: string }) {
  return (
    <section>
      <h2>Modules {name}</h2>
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Symbols</th>
            <th scope="col">Build id</th>
            <th scope="col">Compiled by</th>
          </tr>
        </thead>
        <tbody>
          {side.modules.map((module, i) => (
            <ModuleLine key={`${module.path}${i}`} module={module} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ModuleLine({ module }: { module: ModuleRow }) {
  return (
    <tr>
      <td>
        <code>{module.path}</code>
      </td>
      <td title={module.debug_file}>
        {module.symbols}
        {module.missing !== "" && <div class="soft">{module.missing}</div>}
      </td>
      <td>
        <code title={module.build_id}>{module.build_id.slice(0, 12)}</code>
      </td>
      <td>
        {!module.optimised && <b class="bad">not optimised </b>}
        <span class="soft">{module.producer}</span>
      </td>
    </tr>
  );
}

const stateWords: Record<string, string> = { ok: "ok", limited: "limited", failed: "failed" };

function Doctor({ doctor }: { doctor: DoctorAnswer }) {
  return (
    <section>
      <h2>What this machine permits</h2>
      <p class="soft">
        <code>hone doctor</code>, of the machine that serves these pages; a recording may be of
        another.
      </p>
      <table class="plain-table">
        <tbody>
          {doctor.checks.map((check) => (
            <tr key={check.id}>
              <th scope="row">{check.id}</th>
              <td class={check.state === "ok" ? "" : "bad"}>
                {stateWords[check.state] ?? check.state}
              </td>
              <td>
                {check.says}
                {check.effect !== "" && <div class="soft">{check.effect}</div>}
                {check.fixes.map((fix) => (
                  <div key={fix} class="command">
                    <code>{fix}</code>
                    <CopyButton text={fix} says="Copy the fix" />
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
