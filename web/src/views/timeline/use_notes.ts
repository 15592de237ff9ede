// Notes on the timeline: which there are, the one that is being written, and what is done with them.

import { useMemo } from "preact/hooks";
import { type Range, rangeOf } from "../../base/time";
import { type Note, noteKept, notesMax, notesOf, withNotes } from "../../model/notes";
import type { Side } from "../../model/timeline_types";
import { type App, useApp } from "../../widgets/app_context";
import type { Actions } from "./actions";
import type { Stage } from "./stage";

export class Notes {
  readonly #app: App;
  readonly #stage: Stage;
  readonly #actions: Actions;

  constructor(app: App, stage: Stage, actions: Actions) {
    this.#app = app;
    this.#stage = stage;
    this.#actions = actions;
  }

  // Of the recordings that are shown; of others they wait for those.
  get shown(): readonly Note[] {
    return notesOf(this.#app.store.state.value).filter(({ of }) => this.sideOf(of) !== null);
  }

  get elsewhere(): number {
    return notesOf(this.#app.store.state.value).length - this.shown.length;
  }

  sideOf(id: string): Side | null {
    return this.#stage.sides.find((one) => one.id === id)?.side ?? null;
  }

  // The selected event, else what is selected, else where the pointer is, else the middle.
  write(): void {
    const [first] = this.#stage.sides;
    if (first === undefined) return;
    if (notesOf(this.#app.store.state.peek()).length >= notesMax) {
      this.#app.say(`There are ${notesMax} notes, which is all that a link carries`);
      return;
    }
    const event = this.#stage.selected.peek();
    const view = this.#stage.view.peek();
    const time = this.#stage.hover.peek()?.time ?? (view.from + view.to) / 2;
    const at: Range = this.#actions.selection() ?? rangeOf(Math.round(time), Math.round(time));
    const of = event === null ? undefined : this.#stage.sideOf(event.side)?.id;
    this.edit(null, {
      of: of ?? first.id,
      at,
      event: event === null ? null : { track: event.track, event: event.event },
      text: "",
    });
  }

  edit(of: Note | null, note: Note): void {
    this.#actions.showTime(note.at);
    this.#stage.writing.value = { of, note };
  }

  keep(text: string): void {
    const writing = this.#stage.writing.peek();
    this.#stage.writing.value = null;
    if (writing === null) return;
    this.#put(writing.of, { ...writing.note, text });
    if (text.trim() !== "") this.#app.say("Note kept: it is in the link to this view");
  }

  drop(): void {
    this.#stage.writing.value = null;
  }

  remove(note: Note): void {
    this.#put(note, null);
    this.#app.say("Note removed");
  }

  // To what the note is about.
  go(note: Note): void {
    const side = this.sideOf(note.of);
    if (side === null) return;
    if (note.event !== null) this.#actions.go({ side, ...note.event }, note.at);
    else if (note.at.to > note.at.from) {
      this.#actions.selectRange(note.at);
      this.#actions.showTime(note.at);
    } else this.#actions.showTime(note.at);
    this.#app.say(`Note: ${note.text}`);
  }

  #put(of: Note | null, note: Note | null): void {
    const state = this.#app.store.state.peek();
    this.#app.store.set(withNotes(state, noteKept(notesOf(state), of, note)));
  }
}

export function useNotes(stage: Stage, actions: Actions): Notes {
  const app = useApp();
  return useMemo(() => new Notes(app, stage, actions), [app, stage, actions]);
}
