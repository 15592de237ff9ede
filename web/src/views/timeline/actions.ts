// What can be done on the timeline: by keys, buttons and the pointer alike.

import { type Range, rangeOf } from "../../base/time";
import { durationText } from "../../base/format";
import { type Prefs, prefsOf, toggledIn, withPrefs } from "../../model/timeline_prefs";
import { eventFrom, type EventName, eventText, type Step } from "../../model/timeline_types";
import type { Way } from "../../model/timeline_matches";
import { fitting, panned, showing, zoomed } from "../../model/zoom";
import type { App } from "../../widgets/app_context";
import { goToMatch } from "./found";
import type { Stage } from "./stage";

export type StepTo =
  "next" | "previous" | "parent" | "child" | "next-same" | "previous-same" | "slowest-same";

const nothingThere: Readonly<Record<StepTo, string>> = {
  next: "Nothing behind it on this track",
  previous: "Nothing before it on this track",
  parent: "Nothing around it",
  child: "Nothing inside of it",
  "next-same": "No other of that name behind it",
  "previous-same": "No other of that name before it",
  "slowest-same": "No other of that name",
};

export class Actions {
  readonly #app: App;
  readonly #stage: Stage;
  #hasFitted = false;
  #stepping = new AbortController();

  constructor(app: App, stage: Stage) {
    this.#app = app;
    this.#stage = stage;
  }

  get prefs(): Prefs {
    return prefsOf(this.#app.store.state.peek());
  }

  set(patch: Partial<Prefs>, replace = false): void {
    this.#app.store.set(withPrefs(this.#app.store.state.peek(), patch), replace);
  }

  toggle(name: "pins" | "toggled", key: string): void {
    this.set({ [name]: toggledIn(this.prefs[name], key) });
  }

  zoom(factor: number, at?: number): void {
    const view = this.#stage.target ?? this.#stage.view.peek();
    const center = at ?? this.#stage.hover.peek()?.time ?? (view.from + view.to) / 2;
    this.#stage.glide(zoomed(view, this.#stage.whole, center, factor));
  }

  pan(share: number): void {
    const view = this.#stage.target ?? this.#stage.view.peek();
    this.#stage.glide(panned(view, this.#stage.whole, (view.to - view.from) * share));
  }

  all(): void {
    this.#stage.glide(this.#stage.whole);
  }

  home(to: -1 | 1): void {
    this.#stage.glide(panned(this.#stage.view.peek(), this.#stage.whole, to * 2 ** 52));
  }

  // The selection, and from there all: twice the same key goes in and out.
  fit(): void {
    const range = this.selection();
    if (range === null || this.#hasFitted) {
      this.#hasFitted = false;
      return this.all();
    }
    this.#hasFitted = true;
    this.#stage.glide(fitting(range, this.#stage.whole));
  }

  fitRange(range: Range): void {
    this.#stage.glide(fitting(range, this.#stage.whole));
  }

  // With the least movement.
  showTime(range: Range): void {
    const view = this.#stage.view.peek();
    const next = showing(view, range, this.#stage.whole);
    if (next !== view) this.#stage.glide(next);
  }

  // The stretch that is dragged, else that of the selected event.
  selection(): Range | null {
    const { selected } = this.prefs;
    if (selected !== null) return selected;
    const event = this.#stage.selected.peek();
    return event === null ? null : rangeOf(event.details.start, event.details.end);
  }

  filterToSelection(): void {
    const range = this.selection();
    if (range === null) {
      this.#app.say("Nothing is selected: drag over the tracks first");
      return;
    }
    this.#app.store.set({
      range,
      ...withPrefs(this.#app.store.state.peek(), { selected: null }),
    });
    this.#app.say(`Every page shows ${durationText(range.to - range.from)} now`);
  }

  select(name: EventName | null, isFromKeys = false): void {
    this.#hasFitted = false;
    const state = this.#app.store.state.peek();
    // Walking by keys is one step back, not a hundred.
    const replace = isFromKeys && state.event !== "" && name !== null;
    this.#app.store.set(
      { event: name === null ? "" : eventText(name), ...withPrefs(state, { selected: null }) },
      replace,
    );
    if (name === null) this.#stage.selected.value = null;
  }

  selectRange(range: Range | null): void {
    this.#hasFitted = false;
    const state = this.#app.store.state.peek();
    this.#app.store.set({ event: "", ...withPrefs(state, { selected: range }) });
    this.#stage.selected.value = null;
    if (range !== null) this.#app.say(`Selected ${durationText(range.to - range.from)}`);
  }

  // Selected and in view with as much again on both sides.
  showStretch(range: Range, replace: boolean): void {
    const state = this.#app.store.state.peek();
    this.#app.store.set({ event: "", ...withPrefs(state, { selected: range }) }, replace);
    this.#stage.selected.value = null;
    this.#stage.glide(fitting(range, this.#stage.whole, 1));
  }

  escape(): void {
    const state = this.#app.store.state.peek();
    if (state.event !== "" || this.prefs.selected !== null) this.select(null);
    else if (state.search !== "") this.#app.store.set({ search: "" });
  }

  // `start`: what to begin with when nothing is selected.
  async step(to: StepTo, start: EventName | null): Promise<void> {
    const at = eventFrom(this.#app.store.state.peek().event);
    if (at === null) {
      if (start !== null) this.go(start, null);
      else this.#app.say("Nothing is in view that could be selected");
      return;
    }
    const { id } = this.#stage.sideOf(at.side) ?? {};
    if (id === undefined) return;
    this.#stepping.abort();
    this.#stepping = new AbortController();
    const values = { a: id, track: at.track, event: at.event, to };
    const answer = await this.#app.client.json<Step>("step", values, this.#stepping.signal);
    if (!answer.ok) return;
    const { event, track, start: from, end } = answer.value;
    if (event === null) this.#app.say(nothingThere[to]);
    else this.go({ side: at.side, track, event }, rangeOf(from, end));
  }

  // Selects it and brings it into view.
  go(name: EventName, range: Range | null): void {
    this.select(name, true);
    this.#stage.reveal.value = { ...name };
    if (range !== null) this.showTime(range);
  }

  find(to: Way): Promise<void> {
    return goToMatch(this.#app, this.#stage, this, to);
  }
}
