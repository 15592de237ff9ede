// One graph of the page, as a picture or as a table, with its menu.

import { useMemo, useState } from "preact/hooks";
import { signedText, valueText } from "../../base/format";
import { shownText } from "../../base/text";
import { deltaOfRow, layoutFlame } from "../../layout/flame_layout";
import { childrenOf, type FlameTree, keyOf, nameOf } from "../../layout/flame_tree";
import { useApp } from "../../widgets/app_context";
import { ContextMenu } from "../../widgets/menu";
import { actionsOf, open } from "./flame_actions";
import { useFlameColors } from "./flame_colors_use";
import { FrameTip } from "./flame_facts";
import { basisOf, type FlameSettings } from "./flame_question";
import { FlameTable, rowsBelow } from "./flame_table";
import { FlameView } from "./flame_view";
import { type Flame, matcher } from "./use_flame";
import type { Part, Selection } from "./use_selection";

export interface FlamePaneProps {
  readonly flame: Flame;
  readonly root: number;
  readonly isUp: boolean;
  readonly part: Part;
  readonly label: string;
  readonly settings: FlameSettings;
  readonly unit: string;
  readonly counted: string;
  readonly isShare: boolean;
  readonly selection: Selection;
  readonly systemKeys: ReadonlySet<string> | null;
}

const nothing = { fill: "transparent", ink: "gray" };

export function FlamePane(props: FlamePaneProps) {
  const app = useApp();
  const { flame, root, settings, selection, part, isShare, unit } = props;
  const state = app.store.state.value;
  const { side, isTime } = basisOf(state, settings);
  const tree = flame.tree ?? emptyTree;
  const layout = useMemo(
    () => layoutFlame(tree, root, { side, isShare, isTime }),
    [tree, root, side, isShare, isTime],
  );
  const colors = useFlameColors(flame.tree, settings, isShare, props.systemKeys);
  const isMatch = useMemo(() => matcher(tree, flame.matches), [tree, flame.matches]);
  const behind = useMemo(() => behindOf(tree, isShare, unit), [tree, isShare, unit]);
  const [menu, setMenu] = useState<{ row: number; x: number; y: number } | null>(null);
  const selected = selection.part === part ? selection.row : -1;
  const openRow = (row: number): void => {
    selection.select(part, row);
    open(app, tree, row);
  };
  return (
    <section class="flame-pane canvas-frame" aria-label={props.label}>
      {settings.isTable && flame.tree !== null ? (
        <FlameTable
          tree={tree}
          rows={rowsBelow(tree, root)}
          unit={unit}
          isShare={isShare}
          selected={selected}
          onSelect={(row) => selection.select(part, row)}
          onOpen={openRow}
        />
      ) : (
        <FlameView
          label={`${props.label}: ${tree.rows} frames. Arrows walk, Enter zooms, Backspace zooms out.`}
          layout={layout}
          isUp={props.isUp}
          skip={
            settings.mode === "sandwich" && part === "callees" ? levelsAbove(tree, state.key) : 0
          }
          paint={colors?.paint ?? (() => nothing)}
          behind={behind}
          isMatch={isMatch}
          selected={selected}
          isStale={flame.isStale}
          onSelect={(row) => selection.select(part, row)}
          onOpen={openRow}
          onMenu={(row, x, y) => {
            selection.select(part, row);
            setMenu({ row, x, y });
          }}
          tip={(row) => (
            <FrameTip
              tree={tree}
              row={row}
              unit={unit}
              counted={props.counted}
              isShare={isShare}
              isTime={isTime}
            />
          )}
        />
      )}
      {menu !== null && (
        <ContextMenu
          label={shownText(nameOf(tree, menu.row), 80)}
          at={menu}
          actions={actionsOf(app, tree, menu.row)}
          close={() => setMenu(null)}
        />
      )}
    </section>
  );
}

// In a comparison the change stands in the frame: who sees no colours reads the sign.
function behindOf(tree: FlameTree, isShare: boolean, unit: string): (row: number) => string {
  if (tree.totalB === null) return () => "";
  return (row) => {
    if (row === 0) return "";
    const delta = deltaOfRow(tree, row, isShare);
    // What would read as 0.0% is said by the colour.
    if (Math.abs(isShare ? delta : delta / Math.max(1, tree.total[0] ?? 1)) < 0.0005) return "";
    return signedText(delta, (size) => valueText(size, isShare ? "share" : unit));
  };
}

// Of the lower half of a sandwich: everything, and the function, which the upper half has at its
// end.
function levelsAbove(tree: FlameTree, key: string): number {
  const [only, ...others] = tree.rows > 0 ? childrenOf(tree, 0) : [];
  return only !== undefined && others.length === 0 && keyOf(tree, only) === key ? 2 : 0;
}

const emptyTree: FlameTree = {
  rows: 0,
  parent: new Uint32Array(),
  depth: new Uint16Array(),
  name: new Uint32Array(),
  module: new Uint32Array(),
  keyHigh: new Uint32Array(),
  keyLow: new Uint32Array(),
  total: new Float64Array(),
  self: new Float64Array(),
  totalB: null,
  selfB: null,
  samples: new Uint32Array(),
  samplesB: null,
  flags: new Uint8Array(),
  count: new Uint32Array(),
  x: new Float64Array(),
  end: new Uint32Array(),
  names: [],
  modules: [],
};
