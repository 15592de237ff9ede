// The filters that hold on every page, each with a button that takes it away.

import { durationText } from "../base/format";
import { lengthOf } from "../base/time";
import type { State } from "../model/state";
import { hasFilters } from "../model/state";
import { useApp } from "../widgets/app_context";

interface Chip {
  readonly text: string;
  readonly without: Partial<State>;
}

export function chipsOf(state: State, threadName: (id: number) => string): readonly Chip[] {
  const out: Chip[] = [];
  if (state.range !== null) {
    const { range } = state;
    out.push({
      text: `${durationText(range.from)} to ${durationText(range.to)} (${durationText(lengthOf(range))})`,
      without: { range: null },
    });
  }
  for (const id of state.threads) {
    out.push({
      text: `thread ${threadName(id)}`,
      without: { threads: state.threads.filter((other) => other !== id) },
    });
  }
  if (state.process !== "") {
    out.push({ text: `process ${state.process}`, without: { process: "" } });
  }
  if (state.inside !== "") out.push({ text: `in ${state.inside}`, without: { inside: "" } });
  if (!state.kernel) out.push({ text: "without the kernel", without: { kernel: true } });
  return out;
}

export function FilterChips() {
  const { store } = useApp();
  const state = store.state.value;
  if (!hasFilters(state)) return null;
  return (
    <div class="chips" role="group" aria-label="Filters">
      <span class="soft">Only</span>
      {chipsOf(state, (id) => `${id}`).map(({ text, without }) => (
        <span key={text} class="chip">
          <span title={text}>{text}</span>
          <button
            type="button"
            aria-label={`Take away: ${text}`}
            onClick={() => store.set(without)}
          >
            ×
          </button>
        </span>
      ))}
      <button
        type="button"
        class="small plain"
        onClick={() =>
          store.set({ range: null, threads: [], process: "", inside: "", kernel: true })
        }
      >
        Clear all
      </button>
    </div>
  );
}
