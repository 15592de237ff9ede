// The flame graph: which code paths cost what is weighed, of one recording or of two.

import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { type FlameTree, rowAt } from "../../layout/flame_tree";
import { useApp } from "../../widgets/app_context";
import { useSize } from "../../widgets/canvas";
import { Tabs } from "../../widgets/choice";
import { AbsentNote, EmptyNote, ProblemNote, Skeleton } from "../../widgets/states";
import {
  countedOf,
  nothingToWeigh,
  useWeights,
  weightAsked,
  weightOf,
} from "../../widgets/weight_menu";
import { actionsOf, open, zoomOut } from "./flame_actions";
import { CompareBar, FlameBar, Legend, MatchText } from "./flame_bar";
import { Breadcrumbs, TimeCrumb, TransformChips } from "./flame_chips";
import { useFlameColors, useSystemKeys } from "./flame_colors_use";
import { FlamePane } from "./flame_pane";
import { flameValues, settingsOf, withSetting } from "./flame_question";
import { FrameStrip } from "./frame_strip";
import { ChooseFunction } from "./choose_function";
import { isOneSided, OneSidedTable } from "./flame_table";
import { useKeyNames } from "./use_key_names";
import { useSelection } from "./use_selection";
import { useTimeThread } from "./flame_thread";
import { matchingRows, useFlame } from "./use_flame";
import "./flame.css";

export default function FlamePage() {
  const app = useApp();
  const { store } = app;
  const state = store.state.value;
  const settings = settingsOf(state);
  const weights = useWeights();
  const weight = weightAsked(weights.value, state.weight);
  const { box, width } = useSize<HTMLDivElement>();
  const isSandwich = settings.mode === "sandwich";
  const thread = useTimeThread(weight);
  const main = useFlame(flameValues(state, weight, width, "callees", thread.id), state.search);
  const callers = useFlame(flameValues(state, weight, width, "callers"), state.search);
  const { tree, head } = main;
  const root = useMemo(
    () => (tree === null || settings.mode !== "left" ? 0 : rowAt(tree, state.root).row),
    [tree, settings.mode, state.root],
  );
  const selection = useSelection(tree, isSandwich ? callers.tree : null, {
    unit: head?.unit ?? "ns",
    counted: countedOf(weightOf(weights.value, weight ?? "")),
  });
  const [tab, setTab] = useState<"frame" | "one-sided">("frame");
  const found = useMemo(
    () => (tree === null ? [] : matchingRows(tree, main.matches)),
    [tree, main.matches],
  );
  useKeys(selection, found);
  const systemKeys = useSystemKeys(settings, weight);
  const colors = useFlameColors(tree, settings, state.per === "share", systemKeys);

  const absent = head?.absent ?? (weight === null ? nothingToWeigh(weights.value) : null);
  const problem = weights.problem ?? main.problem;
  const nameOfKey = useKeyNames(tree);
  const unit = head?.unit ?? "ns";
  const isShare = state.per === "share";
  const counted = countedOf(weightOf(weights.value, weight ?? ""));
  const hasOneSided = tree !== null && tree.totalB !== null && isOneSided(tree);
  const paneProps = { settings, unit, isShare, counted, selection, systemKeys };
  return (
    <div class="page-body" ref={box}>
      <h1 class="hidden">Flame graph</h1>
      <FlameBar weights={weights.value} settings={settings} thread={thread} />
      <div class="flame-where">
        {settings.mode === "time" ? (
          <TimeCrumb time={settings.time} tree={tree} />
        ) : (
          tree !== null && <Breadcrumbs tree={tree} root={root} unit={unit} counted={counted} />
        )}
        {settings.mode !== "time" && <TransformChips nameOfKey={nameOfKey} />}
        <span class="grow" />
        <MatchText
          matches={main.matches}
          text={state.search}
          weight={weightOf(weights.value, state.weight)?.name ?? "it"}
          found={found.length}
        />
        {main.searchProblem !== null && <span role="status">{main.searchProblem.message}</span>}
        <CompareBar settings={settings} />
        {colors !== null && (settings.coloring !== "category" || systemKeys !== null) && (
          <Legend settings={settings} most={colors.most} unit={unit} isShare={isShare} />
        )}
      </div>
      {problem !== null ? (
        <ProblemNote problem={problem} again={main.again} />
      ) : absent !== null ? (
        <AbsentNote absent={absent} />
      ) : isSandwich && state.key === "" ? (
        <ChooseFunction weight={weight} />
      ) : tree !== null && !main.isStale && isNothing(tree) ? (
        <NothingLeft />
      ) : (
        <div class={`flame-panes ${isSandwich ? "is-sandwich" : ""}`}>
          {isSandwich && (
            <FlamePane
              {...paneProps}
              flame={callers}
              root={0}
              isUp={true}
              part="callers"
              label="Callers"
            />
          )}
          <FlamePane
            {...paneProps}
            flame={main}
            root={root}
            isUp={settings.isUp && !isSandwich}
            part="callees"
            label={isSandwich ? "Callees" : "Flame graph"}
          />
          {tree === null && !isSandwich && width > 0 && <Skeleton rows={6} />}
        </div>
      )}
      {tree !== null && (
        <footer class="flame-foot">
          {hasOneSided && (
            <Tabs
              label="Below the picture"
              value={tab}
              onChoose={setTab}
              tabs={[
                { id: "frame", says: "The frame" },
                {
                  id: "one-sided",
                  says: "Only in A or in B",
                  hint: "Frames that one side does not have",
                },
              ]}
            />
          )}
          {tab === "one-sided" && hasOneSided ? (
            <div class="flame-onesided">
              <OneSidedTable
                tree={tree}
                unit={unit}
                isShare={isShare}
                selected={selection.part === "callees" ? selection.row : -1}
                onSelect={(row) => selection.select("callees", row)}
                onOpen={(row) => open(app, tree, row)}
              />
            </div>
          ) : (
            <FrameStrip
              selection={selection}
              unit={unit}
              counted={counted}
              isShare={isShare}
              isTime={settings.mode === "time"}
              folded={head?.folded_share ?? 0}
            />
          )}
        </footer>
      )}
    </div>
  );
}

function isNothing(tree: FlameTree): boolean {
  return !((tree.total[0] ?? 0) > 0) && !((tree.totalB?.[0] ?? 0) > 0);
}

function NothingLeft() {
  const { store } = useApp();
  const isDone = store.state.value.transforms.length > 0;
  return (
    <EmptyNote title={isDone ? "No stack is left" : "Nothing was measured here"}>
      <p class="soft">
        {isDone
          ? "What was done to the graph leaves nothing of it."
          : "The filters leave nothing of this weight; they stand above the page."}
      </p>
      {isDone && (
        <button type="button" onClick={() => store.set({ transforms: [], root: [] })}>
          Take all back
        </button>
      )}
    </EmptyNote>
  );
}

// The page's keys, on whatever is selected when they are pressed.
function useKeys(selection: ReturnType<typeof useSelection>, found: readonly number[]): void {
  const app = useApp();
  const { store } = app;
  const { tree, row, part } = selection;
  // With what is shown, not after it: a key means what is seen.
  useLayoutEffect(() => {
    const next = (step: number): void => {
      if (found.length === 0) return;
      const at = part === "callees" ? found.indexOf(row) : -1;
      const to =
        at < 0 ? (step > 0 ? 0 : found.length - 1) : (at + step + found.length) % found.length;
      selection.select("callees", found[to] ?? 0);
    };
    const handlers: Record<string, () => void> = {
      "mode.left": () => store.set({ mode: "", root: [] }),
      "mode.time": () =>
        store.set({ mode: "time", root: [], ...withSetting(store.state.value, "time", "") }),
      invert: () => store.set({ invert: !store.state.value.invert, root: [] }),
      "flame.out": () => zoomOut(app),
      "search.next": () => next(1),
      "search.previous": () => next(-1),
      escape: () => {
        if (row >= 0) selection.clear();
        else if (store.state.value.root.length > 0) store.set({ root: [] });
        else if (settingsOf(store.state.value).time !== "") zoomOut(app);
        else if (store.state.value.search !== "") store.set({ search: "" });
      },
      "mode.sandwich": () => store.set({ mode: "sandwich", root: [] }),
    };
    for (const action of tree === null ? [] : actionsOf(app, tree, row)) {
      if (action.isOff !== true) handlers[action.id] = action.act;
    }
    return app.onKeys(handlers);
  });
}
