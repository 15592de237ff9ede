// Source and assembly of one function, line by line with what it costs.

import { useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { countText, valueText } from "../../base/format";
import { shownText } from "../../base/text";
import { hotLines, nextHot } from "../../layout/hot_lines";
import type { Step } from "../../layout/inline_marks";
import { textMatcher } from "../../layout/flame_search";
import { useApp } from "../../widgets/app_context";
import { functionActions } from "../../widgets/function_actions";
import { NameText } from "../../widgets/name_text";
import { Split } from "../../widgets/split";
import { AbsentNote, EmptyNote, ProblemNote, Skeleton } from "../../widgets/states";
import {
  nothingToWeigh,
  useWeights,
  type Weights,
  weightAsked,
  weightOf,
} from "../../widgets/weight_menu";
import { ActionBar } from "../../widgets/menu";
import { AsmPane } from "./asm_pane";
import { FileList } from "./file_list";
import { InstructionStrip, stepsSaid } from "./instruction_strip";
import { type Instruction, mainFile, type SourceAnswer } from "./source_answer";
import { SourceBar } from "./source_bar";
import { ChangedBanner, MissingFile } from "./source_notes";
import { SourcePane } from "./source_pane";
import { sourceSettings, useGutters, useSource } from "./use_source";
import "./source.css";

// Spans have no lines.
function ofStacks(weights: Weights | null): Weights | null {
  if (weights === null) return null;
  return { weights: weights.weights.filter(({ what }) => what !== "spans" && what !== "gpu") };
}

const noLines: ReadonlySet<number> = new Set();

export default function SourcePage() {
  const { store } = useApp();
  const state = store.state.value;
  const settings = sourceSettings(state.more);
  const weights = useWeights();
  const offered = ofStacks(weights.value);
  const isOffered = offered?.weights.some(({ id }) => id === state.weight) === true;
  const weight = offered === null ? null : weightAsked(offered, isOffered ? state.weight : "");
  const { files, source, second, key } = useSource(weight, settings.second);
  const nothing = weight === null ? nothingToWeigh(offered) : null;
  const absent = files.value?.absent ?? source.value?.absent ?? nothing;
  const unit = weightOf(weights.value, weight ?? "")?.unit ?? "ns";
  const problem = weights.problem ?? files.problem ?? source.problem;
  const choose = (to: string): void =>
    store.set({ key: to, more: { ...state.more, "src.line": "", "src.file": "" } });
  return (
    <div class="page-body">
      <h1 class="hidden">Source</h1>
      <SourceBar weights={offered} weight={weight ?? ""} />
      {absent !== null ? (
        <AbsentNote absent={absent} />
      ) : files.value === null ? (
        problem !== null ? (
          <ProblemNote problem={problem} again={files.again} />
        ) : (
          <Skeleton />
        )
      ) : (
        <div class="source-body">
          <Split
            label="How wide the list of files is"
            direction="columns"
            share={0.2}
            first={
              <FileList
                answer={files.value}
                chosen={key}
                filter={state.search}
                unit={unit}
                onChoose={choose}
              />
            }
            second={
              source.problem !== null ? (
                <ProblemNote problem={source.problem} again={source.again} />
              ) : source.value === null ? (
                key === "" ? (
                  <NothingHot />
                ) : (
                  <Skeleton />
                )
              ) : (
                <FunctionSource
                  answer={source.value}
                  functionKey={key}
                  second={second}
                  weightId={weight ?? ""}
                  unit={unit}
                  isStale={source.isStale}
                />
              )
            }
          />
        </div>
      )}
    </div>
  );
}

function NothingHot() {
  return (
    <EmptyNote title="No function with a source was hit">
      <p class="soft">Nothing of what is selected ran in code whose source is known.</p>
    </EmptyNote>
  );
}

interface FunctionSourceProps {
  readonly functionKey: string;
  readonly answer: SourceAnswer;
  readonly second: SourceAnswer | null;
  readonly weightId: string;
  readonly unit: string;
  readonly isStale: boolean;
}

interface Pointed {
  readonly line: number; // of the source under the pointer; 0: none
  readonly instruction: number; // under the pointer; -1: none
}

function FunctionSource(props: FunctionSourceProps) {
  const app = useApp();
  const { store } = app;
  const state = store.state.value;
  const { answer, unit } = props;
  const { kind, line, file: wanted, hasAssembly, second } = sourceSettings(state.more);
  const weights = useWeights();
  const file = mainFile(answer, wanted);
  const [pointed, setPointed] = useState<Pointed>({ line: 0, instruction: -1 });
  const [instruction, setInstruction] = useState(-1);
  useEffect(() => setInstruction(-1), [answer.function, answer.file]);
  const gutters = useGutters(answer, props.second, file, {
    weights: weights.value,
    first: props.weightId,
    second,
    kind,
    isCompared: state.b !== null,
  });
  const hot = useMemo(() => hotLines(file?.cost ?? [], kind), [file, kind]);
  const { instructions } = answer;
  const name = file?.file ?? "";
  const set = (to: { line?: number; file?: string; asm?: boolean }): void => {
    const more = { ...store.state.value.more };
    if (to.line !== undefined) more["src.line"] = to.line > 0 ? `${to.line}` : "";
    if (to.file !== undefined) more["src.file"] = to.file;
    if (to.asm !== undefined) more["src.asm"] = to.asm ? "" : "0";
    store.set({ more }, true);
  };
  const selectLine = (to: number): void => {
    set({ line: to });
    setInstruction(hottestOf(instructions, name, to));
    const cost = file?.cost.find((one) => one.line === to);
    app.say(`line ${to}${cost === undefined ? "" : `, ${kind} ${valueText(cost[kind], unit)}`}`);
  };
  const goHot = (step: 1 | -1): void => {
    const from = step < 0 && line === 0 ? Infinity : line;
    if (hot.length > 0) selectLine(nextHot(hot, from, step));
  };
  const selectInstruction = (to: number): void => {
    setInstruction(to);
    const one = instructions[to];
    if (one === undefined) return;
    if (one.line > 0 && answer.files.some((other) => other.file === one.file)) {
      set({ line: one.line, file: one.file });
    }
    const steps = stepsSaid(one);
    const cost = `${kind} ${valueText(one[kind], unit)}`;
    app.say(`${shownText(one.text, 120)}, ${cost}${steps === "" ? "" : `, in ${steps}`}`);
  };
  // Its file is among those shown, or it is another function's.
  const goStep = (step: Step): void => {
    const place = { "src.line": step.line > 0 ? `${step.line}` : "", "src.file": step.file };
    const isHere = answer.files.some((other) => other.file === step.file);
    const { more } = store.state.value;
    store.set({ more: { ...more, ...place }, ...(isHere ? {} : { key: step.key }) });
    app.say(`${shownText(step.name, 120)}, line ${step.line}`);
  };
  useLayoutEffect(() =>
    app.onKeys({
      "line.next": () => goHot(1),
      "line.previous": () => goHot(-1),
      assembly: () => set({ asm: !hasAssembly }),
      escape: () => set({ line: 0 }),
    }),
  );
  const matches = useMemo(
    () => linesMatching(file?.lines ?? [], file?.first_line ?? 1, state.search),
    [file, state.search],
  );
  const under = instructions[pointed.instruction];
  const linked = under !== undefined && under.file === name ? new Set([under.line]) : noLines;
  const linkedLine = pointed.line > 0 ? pointed.line : line;
  const assembly =
    instructions.length === 0 ? (
      <EmptyNote title="No assembly">
        <p>{answer.no_code_reason || "The recording holds no code of this function."}</p>
      </EmptyNote>
    ) : (
      <AsmPane
        instructions={instructions}
        kind={kind}
        whole={answer[kind]}
        unit={unit}
        weight={weightOf(weights.value, props.weightId)?.name ?? ""}
        ofB={answer.instructions_of === "b"}
        selected={instruction}
        isLinked={(one) => linkedLine > 0 && one.line === linkedLine && one.file === name}
        onSelect={selectInstruction}
        onHover={(at) => setPointed({ line: 0, instruction: at })}
      />
    );
  return (
    <section class={`source-body ${props.isStale ? "is-stale" : ""}`} aria-label="The function">
      {file?.changed === true && <ChangedBanner />}
      <Title
        functionKey={props.functionKey}
        answer={answer}
        unit={unit}
        hot={hot.length}
        file={name}
        onFile={(to) => set({ file: to, line: 0 })}
        onHot={goHot}
      />
      <Split
        label="How wide the source is"
        direction="columns"
        share={0.58}
        first={
          <div class="source-frame">
            {!answer.source ? (
              <EmptyNote title="This server shows no source text">
                <p>The assembly is from the recording itself.</p>
              </EmptyNote>
            ) : file === null || (!file.found && file.file === "") ? (
              <EmptyNote title="No source is known">
                <p>The program has no debug information for this function. Compile it with -g.</p>
              </EmptyNote>
            ) : !file.found ? (
              <MissingFile file={file} />
            ) : (
              <SourcePane
                file={file}
                gutters={gutters}
                kind={kind}
                line={line}
                linked={linked}
                matches={matches}
                onSelect={selectLine}
                onHover={(at) => setPointed({ line: at, instruction: -1 })}
              />
            )}
          </div>
        }
        second={hasAssembly ? <div class="source-frame">{assembly}</div> : null}
      />
      <InstructionStrip instruction={under ?? instructions[instruction] ?? null} onGo={goStep} />
    </section>
  );
}

interface TitleProps {
  readonly functionKey: string;
  readonly answer: SourceAnswer;
  readonly unit: string;
  readonly hot: number;
  readonly file: string;
  readonly onFile: (file: string) => void;
  readonly onHot: (step: 1 | -1) => void;
}

function Title(props: TitleProps) {
  const app = useApp();
  const { answer, unit, functionKey: key } = props;
  return (
    <div class="source-title">
      <h2>
        <NameText text={answer.function} />
      </h2>
      <span class="value soft">
        self {valueText(answer.self, unit)} · total {valueText(answer.total, unit)} ·{" "}
        {countText(answer.samples)} samples
        {answer.b !== null &&
          ` · B self ${valueText(answer.b.self, unit)}, total ${valueText(answer.b.total, unit)}`}
      </span>
      {answer.files.length > 1 && (
        <label class="chooser">
          <span class="soft">File</span>
          <select value={props.file} onChange={(event) => props.onFile(event.currentTarget.value)}>
            {answer.files.map((file) => (
              <option key={file.file} value={file.file}>
                {shownText(file.file.split("/").slice(-2).join("/"), 80)}
              </option>
            ))}
          </select>
        </label>
      )}
      <span class="grow" />
      <ActionBar
        label="Show the function elsewhere"
        actions={[
          {
            id: "line.previous",
            says: "Hot line before",
            isOff: props.hot === 0,
            act: () => props.onHot(-1),
          },
          {
            id: "line.next",
            says: `Next of ${props.hot} hot ${props.hot === 1 ? "line" : "lines"}`,
            isOff: props.hot === 0,
            act: () => props.onHot(1),
          },
          ...functionActions(app, key, ["stacks", "row", "timeline"]),
        ]}
      />
    </div>
  );
}

// The one to go to of a line's instructions: the hottest.
function hottestOf(instructions: readonly Instruction[], file: string, line: number): number {
  let best = -1;
  for (const [i, one] of instructions.entries()) {
    if (one.line !== line || one.file !== file) continue;
    if (best < 0 || one.self > (instructions[best]?.self ?? 0)) best = i;
  }
  return best;
}

function linesMatching(lines: readonly string[], first: number, text: string): ReadonlySet<number> {
  const isMatch = text.length < 2 ? null : textMatcher(text);
  if (isMatch === null) return noLines;
  return new Set(lines.flatMap((one, i) => (isMatch(one) ? [first + i] : [])));
}
