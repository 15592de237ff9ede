// What is weighed: CPU time, waits, spans. What the recording lacks is listed too, with what would
// record it.

import { valueText } from "../base/format";
import type { Absent, Weight } from "../engine/types";
import { selectionOf, sidesOf } from "../model/state";
import { useApp } from "./app_context";
import { CopyButton } from "./copy_button";
import { Popup } from "./popup";
import { type Answer, useAnswer } from "./use_answer";

export interface Weights {
  readonly weights: readonly Weight[];
}

// Without their totals, so that nobody waits for these.
export function useWeights(): Answer<Weights> {
  const state = useApp().store.state.value;
  return useAnswer<Weights>("weights", { ...sidesOf(state), ...selectionOf(state), totals: "0" });
}

// Lists that are open show them: those of B are said where two are compared.
export function useTotalText(): (weight: Weight) => string {
  const state = useApp().store.state.value;
  const answer = useAnswer<Weights>("weights", { ...sidesOf(state), ...selectionOf(state) }).value;
  return ({ id }) => {
    const weight = answer?.weights.find((one) => one.id === id);
    if (weight === undefined) return "…";
    const a = weight.total === null ? "none in A" : valueText(weight.total, weight.unit);
    return weight.total_b === null ? a : `${a} · B ${valueText(weight.total_b, weight.unit)}`;
  };
}

// The one that is meant: that which is asked for (also one that the recording lacks), else the
// first that there is.
export function weightOf(weights: Weights | null, id: string): Weight | null {
  const all = weights?.weights ?? [];
  return all.find((one) => one.id === id) ?? all.find((one) => one.absent === null) ?? null;
}

// What its counts are of.
export function countedOf(weight: Weight | null): string {
  if (weight === null || weight.what === "samples") return "samples";
  if (weight.id === "wall") return "samples and waits";
  if (weight.what === "costs") return "events";
  return weight.what === "waits" ? "waits" : "spans";
}

// As questions spell it; null: not to be asked yet. An address may name what another recording
// counts: then it is the first that this one has.
export function weightAsked(weights: Weights | null, id: string): string | null {
  return weightOf(weights, id)?.id ?? null;
}

// Of a recording that has nothing to weigh at all: why.
export function nothingToWeigh(weights: Weights | null): Absent | null {
  const all = weights?.weights ?? [];
  return all.every((weight) => weight.absent !== null) ? (all[0]?.absent ?? null) : null;
}

interface MenuProps {
  readonly label?: string;
  readonly weights: Weights | null;
  readonly value: string;
  readonly onChoose: (id: string) => void;
}

export function WeightMenu(props: MenuProps) {
  const chosen = weightOf(props.weights, props.value);
  return (
    <Popup
      label={props.label ?? "Weight"}
      button={<b>{chosen?.name ?? (props.weights === null ? "…" : "none")}</b>}
    >
      {(close) => <WeightList {...props} close={close} />}
    </Popup>
  );
}

function WeightList(props: MenuProps & { close: () => void }) {
  const all = props.weights?.weights ?? [];
  const present = all.filter((weight) => weight.absent === null);
  const missing = all.filter((weight) => weight.absent !== null);
  const chosen = weightOf(props.weights, props.value);
  const totalText = useTotalText();
  return (
    <div class="weights">
      <ul role="listbox" aria-label={props.label ?? "Weight"}>
        {present.map((weight) => (
          <li key={weight.id} role="presentation">
            <button
              type="button"
              role="option"
              aria-selected={weight.id === chosen?.id}
              data-first={weight.id === chosen?.id ? "" : undefined}
              onClick={() => {
                props.onChoose(weight.id);
                props.close();
              }}
            >
              <span>{weight.name}</span>
              <span class="value soft">{totalText(weight)}</span>
            </button>
          </li>
        ))}
      </ul>
      {missing.length > 0 && <p class="weights-head">Not in this recording</p>}
      {[...byReason(missing)].map(([why, those]) => (
        <div key={why} class="weight-absent">
          <p class="soft">{why}</p>
          {those.every((weight) => weight.absent?.command === "") ? (
            <p>{those.map((weight) => weight.name).join(", ")}</p>
          ) : (
            <ul>
              {those.map((weight) => (
                <li key={weight.id}>
                  <b>{weight.name}</b>
                  <span class="command">
                    <code>{weight.absent?.command}</code>
                    <CopyButton
                      text={weight.absent?.command ?? ""}
                      says={`how to record ${weight.name}`}
                    />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </div>
      ))}
    </div>
  );
}

// Those that are not there for the same reason, together.
function byReason(weights: readonly Weight[]): ReadonlyMap<string, readonly Weight[]> {
  const out = new Map<string, Weight[]>();
  for (const weight of weights) {
    const why = weight.absent?.why ?? "";
    const those = out.get(why);
    if (those === undefined) out.set(why, [weight]);
    else those.push(weight);
  }
  return out;
}
