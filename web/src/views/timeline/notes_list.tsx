// The notes in rows: to go to them, to change and to remove them.

import { durationText, momentText } from "../../base/format";
import { labelText } from "../../base/label";
import { isMoment } from "../../model/notes";
import { useApp } from "../../widgets/app_context";
import type { Stage } from "./stage";
import type { Notes } from "./use_notes";

export function NotesList({ stage, notes }: { stage: Stage; notes: Notes }) {
  const { keys } = useApp();
  const { shown, elsewhere } = notes;
  return (
    <section class="tl-note-list" aria-label="Notes">
      {shown.length === 0 && <p class="soft">{keys.hint("No notes. Write one", "note")}</p>}
      <ol>
        {shown.map((note) => (
          <li key={`${note.of} ${note.at.from} ${note.at.to} ${note.text}`}>
            <button type="button" class="tl-link" onClick={() => notes.go(note)}>
              {stage.sides.length > 1 && (
                <b class="tl-side">{notes.sideOf(note.of)?.toUpperCase()}</b>
              )}{" "}
              <bdi>{labelText(note.text, 200)}</bdi>
            </button>
            <span class="soft number">
              {momentText(note.at.from)}
              {!isMoment(note) && `, ${durationText(note.at.to - note.at.from)}`}
              {note.event !== null && `, ${labelText(note.event.track, 40)}`}
            </span>
            <span class="tl-group">
              <button type="button" class="small" onClick={() => notes.edit(note, note)}>
                Edit
              </button>
              <button type="button" class="small" onClick={() => notes.remove(note)}>
                Remove
              </button>
            </span>
          </li>
        ))}
      </ol>
      {elsewhere > 0 && (
        <p class="soft">
          {elsewhere === 1 ? "1 note is" : `${elsewhere} notes are`} on other recordings.
        </p>
      )}
    </section>
  );
}
