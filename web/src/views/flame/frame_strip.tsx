// The strip below the picture: the selected frame's numbers, and what can be done with it.

import { percentText } from "../../base/format";
import { useApp } from "../../widgets/app_context";
import { ActionBar } from "../../widgets/menu";
import { actionsOf } from "./flame_actions";
import { FrameFacts } from "./flame_facts";
import type { Selection } from "./use_selection";

export function FrameStrip(props: {
  selection: Selection;
  unit: string;
  counted: string;
  isShare: boolean;
  isTime: boolean;
  folded: number; // share that is drawn as "n small"
}) {
  const app = useApp();
  const { tree, row } = props.selection;
  const facts = {
    unit: props.unit,
    counted: props.counted,
    isShare: props.isShare,
    isTime: props.isTime,
  };
  if (tree === null || row < 0) {
    const help = app.keys.label("help");
    return (
      <p class="soft flame-hint">
        Click a frame to zoom into it, right-click for all that can be done with it; arrow keys walk
        the frames.{" "}
        {help !== "" && (
          <>
            <kbd>{help}</kbd> lists the keys.
          </>
        )}
        {props.folded > 0 && (
          <>
            <br />
            {percentText(props.folded)} lies in frames that are too narrow to be drawn each: they
            stand as "n small" beside their siblings.
          </>
        )}
      </p>
    );
  }
  return (
    <div class="frame-strip">
      <FrameFacts tree={tree} row={row} {...facts} />
      <ActionBar label="What can be done with the frame" actions={actionsOf(app, tree, row)} />
    </div>
  );
}
