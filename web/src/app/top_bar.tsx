// Which recordings are shown, the search box, how good the measurement is, and help.

import type { RefObject } from "preact";
import { costText, countText, percentText } from "../base/format";
import type { Recording } from "../engine/types";
import { onPage, sidesOf } from "../model/state";
import { useApp } from "../widgets/app_context";
import { useAnswer } from "../widgets/use_answer";
import { sides } from "./shell";

export function TopBar(props: {
  search: RefObject<HTMLInputElement | null>;
  run: (id: string) => void;
}) {
  const app = useApp();
  const state = app.store.state.value;
  const list = app.recordings.value;
  const shown = sides(list, state.a, state.b);
  const recordings = list?.recordings ?? [];
  return (
    <header class="top">
      <Side
        name="A"
        says="Recording"
        value={shown.a ?? ""}
        recordings={recordings}
        onChange={(id) => app.store.set({ a: id, ...ofRecording })}
      />
      {(recordings.length > 1 || shown.b !== null) && (
        <Side
          name="B"
          says="Compare with"
          value={shown.b ?? ""}
          none="compare with …"
          recordings={recordings}
          onChange={(id) => app.store.set({ b: id === "" ? null : id })}
        />
      )}
      {shown.b !== null && !app.client.isFile && (
        <button
          type="button"
          class="small"
          title={app.keys.hint("Swap A and B", "swap")}
          onClick={() => props.run("swap")}
        >
          A ⇄ B
        </button>
      )}
      <input
        ref={props.search}
        type="search"
        class="search"
        placeholder={`Search  ${app.keys.label("search")}`}
        aria-label="Search on this page"
        value={state.search}
        onInput={(event) => app.store.set({ search: event.currentTarget.value }, true)}
        onKeyDown={(event) => {
          if (event.key === "Enter") props.run(event.shiftKey ? "search.previous" : "search.next");
          else if (event.key === "Escape") event.currentTarget.blur();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {shown.a === null ? <span class="grow" /> : <QualityStrip />}
      <button
        type="button"
        onClick={() => props.run("palette")}
        title={app.keys.hint("All commands", "palette")}
      >
        Commands
      </button>
      <button
        type="button"
        onClick={() => props.run("help")}
        aria-label="Keys and help"
        title={app.keys.hint("Keys and help", "help")}
      >
        ?
      </button>
    </header>
  );
}

// What is selected in one recording means nothing in another.
const ofRecording = {
  range: null,
  threads: [],
  key: "",
  span: "",
  event: "",
  view: null,
  root: [],
};

interface SideProps {
  readonly name: string;
  readonly says: string;
  readonly value: string;
  readonly none?: string;
  readonly recordings: readonly Recording[];
  readonly onChange: (id: string) => void;
}

function Side(props: SideProps) {
  return (
    <label class="side">
      <b aria-hidden="true">{props.name}</b>
      <span class="hidden">{props.says}</span>
      <select value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
        {props.none !== undefined && <option value="">{props.none}</option>}
        {props.recordings.map((recording) => (
          <option key={recording.id} value={recording.id}>
            {recording.id}
          </option>
        ))}
      </select>
    </label>
  );
}

export interface Quality {
  readonly samples: number;
  readonly lost: number;
  readonly sampler: string;
  readonly complete_share: number;
  readonly overhead_share: number;
  readonly recorder_cpu_ns: number;
  readonly worst: number; // severity of the worst diagnostic: 3 and more is data loss
}

// One line on every page that says how far its numbers can be trusted.
function QualityStrip() {
  const app = useApp();
  const state = app.store.state.value;
  const answer = useAnswer<{ readonly a: Quality; readonly b: Quality | null }>(
    "quality",
    sidesOf(state),
  );
  const quality = answer.value?.a;
  if (quality === undefined) return <span class="grow" />;
  const worst = Math.max(quality.worst, answer.value?.b?.worst ?? 0);
  const half = state.b !== null; // the bar is fuller then
  const isSampled = quality.samples > 0 || !["", "none"].includes(quality.sampler);
  const areBroken = quality.samples > 0 && quality.complete_share < 0.99;
  const words = [
    quality.samples > 0 ? `${countText(quality.samples)} samples` : "no samples",
    quality.lost > 0 ? `${countText(quality.lost)} lost` : isSampled ? "none lost" : "",
    areBroken && !half ? `${percentText(quality.complete_share)} whole stacks` : "",
    isSampled ? `cost ${costText(quality.overhead_share, quality.recorder_cpu_ns)}` : "",
  ].filter((word) => word !== "");
  return (
    <a
      class={`quality ${worst >= 3 ? "is-bad" : ""}`}
      href="#/system"
      title={`Sampled by ${isSampled ? quality.sampler : "nobody"}. Opens System.`}
      onClick={(event) => {
        event.preventDefault();
        app.store.set(onPage(state, "system"));
      }}
    >
      {words.join(" · ")}
    </a>
  );
}
