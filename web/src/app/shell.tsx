// The frame around every page: rail, top bar, filters, banners, and the page itself.

import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Theme } from "../base/palette";
import type { Loading } from "../engine/client";
import type { RecordingList } from "../engine/types";
import { onPage } from "../model/state";
import { pageEntries } from "../views/registry";
import { useApp } from "../widgets/app_context";
import { ProblemNote } from "../widgets/states";
import { useAnswer } from "../widgets/use_answer";
import { Banners } from "./banners";
import { FilterChips } from "./filter_chips";
import { HelpDialog } from "./help_dialog";
import { useKeyboard } from "./keyboard";
import { PageHost } from "./page_host";
import { PaletteDialog } from "./palette_dialog";
import { Rail } from "./rail";
import { TopBar } from "./top_bar";
import { useDrop } from "./drop";

export interface ShellProps {
  readonly loading: ReadonlySignal<Loading | null>;
  readonly isGone: ReadonlySignal<boolean>;
  readonly spoken: ReadonlySignal<string>;
  readonly setTheme: (theme: Theme) => void;
  readonly handlers: ReadonlySet<Readonly<Record<string, () => void>>>;
}

export type OpenDialog = "" | "help" | "palette";

export function Shell(props: ShellProps) {
  const app = useApp();
  const state = app.store.state.value;
  const [dialog, setDialog] = useState<OpenDialog>("");
  const search = useRef<HTMLInputElement>(null);
  const list = useAnswer<RecordingList>("recordings", {});
  // Two recordings that were named are compared, unless the address says what is to be shown; in a
  // report, also when it says which page alone.
  const mayCompare = useRef(app.client.isFile || location.hash.replace(/^#\/?/, "") === "");
  useEffect(() => {
    if (list.value === null) return;
    app.recordings.value = list.value;
    const { a, b } = app.store.state.peek();
    const { initial } = list.value;
    if (mayCompare.current && a === null && b === null && initial.b !== null) {
      app.store.set({ b: initial.b }, true);
    }
    mayCompare.current = false;
  }, [list.value]);

  const actions: Record<string, () => void> = {
    help: () => setDialog("help"),
    palette: () => setDialog("palette"),
    search: () => search.current?.focus(),
    back: () => history.back(),
    undo: () => history.back(),
    forward: () => history.forward(),
    link: () => {
      void navigator.clipboard?.writeText(location.href).then(
        () => app.say("The link is copied"),
        () => app.say("The browser permits no copying here: the address bar has the link"),
      );
    },
    swap: () => {
      const { a, b } = sides(app.recordings.value, state.a, state.b);
      if (b === null) return;
      // It holds the answers of B compared with A, and not those of A with B.
      if (app.client.isFile) app.say("A report file compares in the order in which it was made");
      else app.store.set({ a: b, b: a });
    },
    clear: () =>
      app.store.set({
        range: null,
        threads: [],
        process: "",
        inside: "",
        kernel: true,
        search: "",
      }),
    theme: () => props.setTheme(app.theme.value === "dark" ? "light" : "dark"),
  };
  for (const { page } of pageEntries) {
    actions[`page.${page}`] = () => app.store.set(onPage(app.store.state.value, page));
  }
  const run = (id: string): void => {
    for (const handler of [...props.handlers].reverse()) {
      const action = handler[id];
      if (action !== undefined) return action();
    }
    actions[id]?.();
  };
  useKeyboard(run, dialog !== "");
  const isDropping = useDrop(list.again);

  return (
    <div class={`shell ${isDropping ? "is-dropping" : ""}`}>
      <a
        class="skip"
        href="#page"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("page")?.focus();
        }}
      >
        To the page
      </a>
      <Rail />
      <TopBar search={search} run={run} />
      <section class="bars" aria-label="Notices and filters">
        <Banners loading={props.loading} isGone={props.isGone} />
        <FilterChips />
      </section>
      {list.problem !== null && list.value === null ? (
        <main class="page" id="page">
          <ProblemNote problem={list.problem} again={list.again} />
        </main>
      ) : (
        <PageHost />
      )}
      <div class="hidden" aria-live="polite">
        {props.spoken.value}
      </div>
      {dialog === "help" && <HelpDialog close={() => setDialog("")} />}
      {dialog === "palette" && <PaletteDialog run={run} close={() => setDialog("")} />}
    </div>
  );
}

// The recordings that are shown, by their ids.
export function sides(
  list: RecordingList | null,
  a: string | null,
  b: string | null,
): { readonly a: string | null; readonly b: string | null } {
  return { a: a ?? list?.initial.a ?? list?.recordings[0]?.id ?? null, b };
}
