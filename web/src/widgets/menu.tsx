// The menu of what can be done with something, at the pointer. What stands in it also stands in a
// bar of buttons: a menu that nobody opens is no way to find things.

import { useEffect, useRef } from "preact/hooks";
import { useApp } from "./app_context";
import { placeBelow } from "./popup";
import "./widgets.css";

export interface Action {
  readonly id: string; // of model/keys, where a key does the same
  readonly says: string;
  readonly hint?: string;
  readonly isOff?: boolean;
  act(): void;
}

export interface MenuProps {
  readonly label: string;
  readonly at: { readonly x: number; readonly y: number };
  readonly actions: readonly Action[];
  readonly close: () => void;
}

export function ContextMenu(props: MenuProps) {
  const { keys } = useApp();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    element.showPopover();
    placeBelow(element, new DOMRect(props.at.x, props.at.y, 0, 0));
    element.querySelector<HTMLElement>("button:not(:disabled)")?.focus();
  }, [props.at.x, props.at.y]);
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const all = [...(box.current?.querySelectorAll<HTMLElement>("button:not(:disabled)") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  return (
    <div
      ref={box}
      class="popup menu"
      popover="auto"
      role="menu"
      aria-label={props.label}
      onKeyDown={move}
      onToggle={(event) => {
        if (event.newState === "closed") props.close();
      }}
    >
      {props.actions.map((action) => (
        <button
          key={action.id}
          type="button"
          role="menuitem"
          disabled={action.isOff === true}
          title={action.hint}
          onClick={() => {
            box.current?.hidePopover();
            action.act();
          }}
        >
          <span>{action.says}</span>
          {keys.label(action.id) !== "" && <kbd>{keys.label(action.id)}</kbd>}
        </button>
      ))}
    </div>
  );
}

// The same actions as a bar of buttons.
export function ActionBar(props: { label: string; actions: readonly Action[] }) {
  const { keys } = useApp();
  return (
    <div class="action-bar" role="toolbar" aria-label={props.label}>
      {props.actions.map((action) => (
        <button
          key={action.id}
          type="button"
          class="small"
          disabled={action.isOff === true}
          title={keys.hint(action.hint ?? action.says, action.id)}
          onClick={action.act}
        >
          {action.says}
        </button>
      ))}
    </div>
  );
}
