// The axis of time, and how long the window is.

import { durationText, momentText } from "../../base/format";
import { drawRuler } from "../../draw/overlay";
import { layoutRuler } from "../../layout/ruler";
import { timeScale } from "../../layout/time_scale";
import { useApp } from "../../widgets/app_context";
import { useLiveCanvas } from "../../widgets/live_canvas";
import type { Actions } from "./actions";
import type { Stage } from "./stage";
import type { Paints } from "./use_ink";

export function RulerBar(props: { stage: Stage; actions: Actions; paints: () => Paints }) {
  const { stage, actions } = props;
  const state = useApp().store.state.value;
  const canvas = useLiveCanvas(
    ({ context, width, height }) => {
      const view = stage.view.peek();
      drawRuler({
        context,
        ink: props.paints().ink,
        scale: timeScale(view, width),
        height,
        ruler: layoutRuler(view.from, view.to, width),
        range: stage.drag.peek() ?? actions.prefs.selected,
        filter: state.range,
        hints: stage.hints,
      });
    },
    () => [stage.view.value, stage.drag.value],
    [stage, state.range, state.more, props.paints],
  );
  return (
    <div class="tl-line tl-ruler">
      <WindowLength stage={stage} />
      <canvas ref={canvas.ref} aria-hidden="true" />
    </div>
  );
}

function WindowLength({ stage }: { stage: Stage }) {
  const view = stage.view.value;
  const { base } = layoutRuler(view.from, view.to, stage.width);
  return (
    <div class="tl-line-head number">
      <span title="How long the window is">
        <span class="soft">window</span> {durationText(view.to - view.from)}
      </span>
      {base > 0 && <span title="What the times at the right count from">{momentText(base)}</span>}
    </div>
  );
}
