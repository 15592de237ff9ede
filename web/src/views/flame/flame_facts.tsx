// What is known of one frame: beside the pointer, and in the strip below the picture.

import { countText, percentText, signedText, valueText } from "../../base/format";
import { baseName, shownText } from "../../base/text";
import { deltaOfRow } from "../../layout/flame_layout";
import { type FlameTree, has, moduleOf, nameOf, nodeFlag } from "../../layout/flame_tree";

export interface FactsProps {
  readonly tree: FlameTree;
  readonly row: number;
  readonly unit: string;
  readonly counted: string; // "samples"
  readonly isShare: boolean;
  readonly isTime: boolean;
}

interface Fact {
  readonly name: string;
  readonly text: string;
  readonly className?: string;
}

function shareText(value: number, whole: number | undefined): string {
  return whole !== undefined && whole > 0 ? percentText(value / whole) : "–";
}

export function factsOf(props: FactsProps): readonly Fact[] {
  const { tree, row, unit } = props;
  const pair = (value: number, whole: number | undefined): string =>
    `${valueText(value, unit)} · ${shareText(value, whole)}`;
  const total = tree.total[row] ?? 0;
  const self = tree.self[row] ?? 0;
  const facts: Fact[] = [];
  const isCompared = tree.totalB !== null;
  const side = isCompared ? "A " : "";
  if (!has(tree, row, nodeFlag.onlyB)) {
    facts.push({ name: `${side}total`, text: pair(total, tree.total[0]) });
    facts.push({ name: `${side}self`, text: pair(self, tree.total[0]) });
  }
  if (isCompared && !has(tree, row, nodeFlag.onlyA)) {
    facts.push({ name: "B total", text: pair(tree.totalB?.[row] ?? 0, tree.totalB?.[0]) });
    facts.push({ name: "B self", text: pair(tree.selfB?.[row] ?? 0, tree.totalB?.[0]) });
  }
  if (isCompared && row > 0) {
    const delta = deltaOfRow(tree, row, props.isShare);
    facts.push({
      name: "change",
      text: signedText(delta, (size) => valueText(size, props.isShare ? "share" : unit)),
      className: delta > 0 ? "delta more" : delta < 0 ? "delta less" : "delta",
    });
  }
  const ofB = tree.samplesB === null ? "" : `, B ${countText(tree.samplesB[row] ?? 0)}`;
  facts.push({ name: props.counted, text: countText(tree.samples[row] ?? 0) + ofB });
  return facts;
}

// Waits whose stack nobody took: switches came faster than stacks are taken, or no look met them.
const noStack = "[no stack]";
const noStackSays =
  "these waits were timed, but their stacks were not taken: Functions, Waits says why and how many";

// What is said of a frame beside its numbers.
export function notesOf(tree: FlameTree, row: number): readonly string[] {
  const notes: string[] = [];
  if (has(tree, row, nodeFlag.inlined)) notes.push("inlined");
  if (has(tree, row, nodeFlag.kernel)) notes.push("kernel");
  if (row > 0 && nameOf(tree, row) === noStack) notes.push(noStackSays);
  if (has(tree, row, nodeFlag.broken)) notes.push("the stack breaks off here");
  if (has(tree, row, nodeFlag.onlyA)) notes.push("only in A");
  if (has(tree, row, nodeFlag.onlyB)) notes.push("only in B");
  if (has(tree, row, nodeFlag.folded))
    notes.push("too narrow to be drawn each: zoom into their caller");
  return notes;
}

export function spokenFrame(props: FactsProps): string {
  const { tree, row } = props;
  const facts = factsOf(props).map(({ name, text }) => `${name} ${text}`);
  return [shownText(nameOf(tree, row), 120), ...facts, ...notesOf(tree, row)].join(", ");
}

export function FrameTip(props: FactsProps) {
  const { tree, row } = props;
  const module = moduleOf(tree, row);
  return (
    <>
      <b>{shownText(nameOf(tree, row), 400)}</b>
      {module !== "" && <div class="soft">{shownText(baseName(module))}</div>}
      <dl class="tip-facts">
        {factsOf(props).map(({ name, text, className }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class={className}>{text}</dd>
          </div>
        ))}
      </dl>
      {notesOf(tree, row).map((note) => (
        <div key={note} class="soft">
          {note}
        </div>
      ))}
    </>
  );
}

export function FrameFacts(props: FactsProps) {
  const { tree, row } = props;
  const module = moduleOf(tree, row);
  return (
    <div class="frame-facts">
      <div class="frame-name">
        <bdi title={shownText(nameOf(tree, row), 2_000)}>{shownText(nameOf(tree, row))}</bdi>
        {module !== "" && <span class="soft"> {shownText(baseName(module))}</span>}
        {notesOf(tree, row).map((note) => (
          <span key={note} class="badge">
            {note}
          </span>
        ))}
      </div>
      <dl class="facts">
        {factsOf(props).map(({ name, text, className }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class={className}>{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
