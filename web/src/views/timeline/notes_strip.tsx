// Notes as flags above the tracks, and the small box in which one is written. Without notes there is
// no strip.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { countText, momentText } from "../../base/format";
import { labelText } from "../../base/label";
import { layoutFlags } from "../../layout/flags";
import { timeScale, xOf } from "../../layout/time_scale";
import { isMoment, type Note, noteSigns } from "../../model/notes";
import type { Actions } from "./actions";
import type { Stage } from "./stage";
import type { Notes } from "./use_notes";

const writerWidth = 260; // pixels

export interface NotesStripProps {
  readonly stage: Stage;
  readonly actions: Actions;
  readonly notes: Notes;
}

export function NotesStrip({ stage, actions, notes }: NotesStripProps) {
  const shown = notes.shown;
  const writing = stage.writing.value;
  const strip = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const isThere = shown.length > 0 || writing !== null;
  useLayoutEffect(() => {
    const element = strip.current;
    if (element === null) return undefined;
    // At once, so that the keys after `m` are the note's.
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [isThere]);
  if (!isThere) return null;
  const scale = timeScale(stage.view.value, width);
  const { isNotes } = actions.prefs;
  return (
    <div class="tl-line tl-notes">
      <div class="tl-line-head">
        <button
          type="button"
          class="small plain"
          aria-expanded={isNotes}
          title="List of the notes"
          onClick={() => actions.set({ isNotes: !isNotes })}
        >
          {shown.length === 1 ? "1 note" : `${countText(shown.length)} notes`}{" "}
          <span aria-hidden="true">{isNotes ? "▾" : "▸"}</span>
        </button>
      </div>
      <div class="tl-flags" ref={strip}>
        {layoutFlags(shown, scale).map(({ x, room, notes: together, at }) => {
          const [first] = together;
          if (first === undefined) return null;
          const many = together.length > 1;
          const text = many ? `${together.length} notes` : labelText(first.text, 200);
          return (
            <button
              key={`${first.of} ${first.at.from} ${first.text}`}
              type="button"
              class="tl-flag"
              style={{ left: `${x}px`, maxWidth: `${room}px` }}
              title={many ? together.map((note) => note.text).join("\n") : text}
              aria-label={`Note at ${momentText(first.at.from)}: ${text}`}
              onClick={() => (many ? actions.fitRange(at) : notes.go(first))}
            >
              <span aria-hidden="true">⚑</span> <bdi>{text}</bdi>
            </button>
          );
        })}
        {writing !== null && width > 0 && (
          <Writer
            key={`${writing.note.of} ${writing.note.at.from}`}
            note={writing.note}
            left={Math.max(0, Math.min(width - writerWidth, xOf(scale, writing.note.at.from)))}
            notes={notes}
          />
        )}
      </div>
    </div>
  );
}

function Writer({ note, left, notes }: { note: Note; left: number; notes: Notes }) {
  const box = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current?.focus();
    box.current?.select();
    // Keys go on where they went before.
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const about = note.event !== null ? "the selected event" : isMoment(note) ? "" : "this stretch";
  return (
    <input
      ref={box}
      type="text"
      class="tl-writer"
      style={{ left: `${left}px`, width: `${writerWidth}px` }}
      maxLength={noteSigns}
      placeholder={`Note${about === "" ? "" : ` on ${about}`}: Enter keeps, Esc drops`}
      aria-label={`Note at ${momentText(note.at.from)}`}
      defaultValue={note.text}
      onKeyDown={(event) => {
        if (event.key === "Enter") notes.keep(event.currentTarget.value);
        else if (event.key === "Escape") notes.drop();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}
