// What is said beside the pointer. For eyes alone: what it says can be reached by keys elsewhere.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import "./widgets.css";

const away = 14; // from the pointer

export function Tooltip(props: { x: number; y: number; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { offsetWidth: width, offsetHeight: height } = element;
    const fits = props.x + away + width < window.innerWidth;
    element.style.left = `${Math.max(4, fits ? props.x + away : props.x - away - width)}px`;
    const isBelow = props.y + away + height < window.innerHeight;
    element.style.top = `${Math.max(4, isBelow ? props.y + away : props.y - away - height)}px`;
  });
  return (
    <div ref={box} class="tooltip" aria-hidden="true">
      {props.children}
    </div>
  );
}
