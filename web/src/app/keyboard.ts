// Keys to actions, by the table of model/keys and what the person made of it.

import { useEffect, useRef } from "preact/hooks";
import { bindingOf, isLeader } from "../model/key_press";
import { leader, type Where } from "../model/keys";
import { useApp } from "../widgets/app_context";

const secondKeyMs = 1_200;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

// Enter on a button or a link is that button's.
function isPressing(event: KeyboardEvent): boolean {
  return (
    event.key === "Enter" &&
    event.target instanceof HTMLElement &&
    event.target.closest("button, a[href], summary") !== null
  );
}

export function useKeyboard(run: (id: string) => void, isPaused: boolean): void {
  const { store, keys } = useApp();
  const latest = useRef({ run, isPaused });
  latest.current = { run, isPaused };
  useEffect(() => {
    let before = "";
    let beforeAt = 0;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (latest.current.isPaused || event.defaultPrevented) return;
      // Signs are for the text that is typed; the palette's Ctrl+K is for us anywhere.
      const isTyped = isTyping(event.target);
      if (isTyped && !event.ctrlKey && !event.altKey && !/^F\d+$/.test(event.key)) return;
      if (isPressing(event)) return;
      // An open menu has the keys, Escape above all, which closes it.
      if (document.querySelector(":popover-open") !== null) return;
      if (event.timeStamp - beforeAt > secondKeyMs) before = "";
      const { page } = store.state.value;
      const here: readonly Where[] =
        page === "timeline" || page === "flame" || page === "source"
          ? [page, "global"]
          : ["global"];
      const found = bindingOf(event, here, before, keys.bindings.value);
      before = "";
      if (isTyped && found?.id !== "palette") return;
      if (found !== null) {
        event.preventDefault();
        latest.current.run(found.id);
      } else if (isLeader(event)) {
        before = leader;
        beforeAt = event.timeStamp;
      }
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
