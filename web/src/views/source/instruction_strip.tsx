// Where an instruction comes from: the calls that the compiler dissolved, from the inside out, each
// leading to its line.

import { baseName, nameForms, shownText } from "../../base/text";
import type { Step } from "../../layout/inline_marks";
import { addressText, type Instruction } from "./source_answer";

// For who cannot see it.
export function stepsSaid(instruction: Instruction): string {
  const steps = instruction.inline_stack ?? [];
  return steps.map(({ name }) => shownText(name, 80)).join(", inlined into ");
}

export function InstructionStrip(props: {
  instruction: Instruction | null;
  onGo: (step: Step) => void;
}) {
  const { instruction } = props;
  if (instruction === null) {
    return (
      <p class="source-strip soft">
        Click a line for its instructions, an instruction for its line.
      </p>
    );
  }
  const steps = instruction.inline_stack ?? [];
  const into = instruction.inlined_into ?? "";
  return (
    <div class="source-strip">
      <code>{addressText(instruction.address)}</code>
      {steps.length > 0 ? (
        <ol class="inline-stack" aria-label="Inlined calls at this instruction, innermost first">
          {steps.map((step, i) => (
            <li key={i}>
              {i > 0 && <span class="soft">inlined into </span>}
              <StepButton step={step} onGo={props.onGo} />
            </li>
          ))}
        </ol>
      ) : (
        <span class="soft">
          {instruction.line > 0 &&
            `from ${shownText(baseName(instruction.file), 80)}:${instruction.line}; `}
          {into !== "" && `in the code of ${shownText(into, 120)}; `}
          nothing was sampled here: its inlined calls are not known
        </span>
      )}
    </div>
  );
}

function StepButton({ step, onGo }: { step: Step; onGo: (step: Step) => void }) {
  const place = step.line > 0 ? `${shownText(baseName(step.file), 80)}:${step.line}` : "";
  const [whole = "", bare = whole] = nameForms(step.name.slice(0, 2_000));
  return (
    <button
      type="button"
      class="small plain"
      title={`${shownText(step.name, 2_000)}${step.file === "" ? "" : `, ${shownText(step.file, 400)}:${step.line}`}`}
      onClick={() => onGo(step)}
    >
      <bdi>{shownText(bare, 80)}</bdi> {place !== "" && <code>{place}</code>}
    </button>
  );
}
