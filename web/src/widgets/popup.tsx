// A button with a box that opens below it. The browser's own popover: it closes on Escape and on a
// click elsewhere, and lies above everything.
//
//   <Popup label="Weight" button="CPU time">{(close) => ...}</Popup>

import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import "./widgets.css";

export interface PopupProps {
  readonly label: string;
  readonly button: ComponentChildren;
  readonly children: (close: () => void) => ComponentChildren;
}

export function Popup(props: PopupProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        class="popup-button"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        popovertarget={id}
      >
        <span class="soft">{props.label}</span> {props.button}
        <span aria-hidden="true"> ▾</span>
      </button>
      <div
        ref={box}
        id={id}
        class="popup"
        popover="auto"
        role="dialog"
        aria-label={props.label}
        onToggle={(event) => {
          const opens = event.newState === "open";
          setIsOpen(opens);
          if (!opens || button.current === null || box.current === null) return;
          placeBelow(box.current, button.current.getBoundingClientRect());
          box.current
            .querySelector<HTMLElement>("[data-first], input:checked, input, button")
            ?.focus();
        }}
      >
        {isOpen && props.children(() => box.current?.hidePopover())}
      </div>
    </>
  );
}

const edge = 8; // from the window's

export function placeBelow(box: HTMLElement, at: DOMRect): void {
  const below = window.innerHeight - at.bottom - edge;
  const above = at.top - edge;
  const goesUp = box.offsetHeight > below && above > below;
  box.style.maxHeight = `${Math.max(80, goesUp ? above : below)}px`;
  box.style.left = `${Math.max(edge, Math.min(at.left, window.innerWidth - box.offsetWidth - edge))}px`;
  box.style.top = goesUp
    ? `${Math.max(edge, at.top - box.offsetHeight - 4)}px`
    : `${at.bottom + 4}px`;
}
