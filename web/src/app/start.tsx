// Puts the parts together: store, client, theme, voice. The same for the server's pages and for a
// report file, which differ in the transport alone.

import { signal } from "@preact/signals";
import type { Theme } from "../base/palette";
import { Client, type Loading } from "../engine/client";
import type { Transport } from "../engine/transport";
import type { RecordingList } from "../engine/types";
import { createKept, type Kept } from "../model/kept";
import { createKeys, type Keyboard } from "../model/keys_store";
import { createStore } from "../model/store";
import { type App, AppContext } from "../widgets/app_context";
import { Shell } from "./shell";

const themeName = "hone-theme";

function systemTheme(): Theme {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function savedTheme(kept: Kept): Theme | null {
  const saved = kept.read(themeName);
  return saved === "light" || saved === "dark" ? saved : null;
}

export function startApp(transport: Transport) {
  const kept = createKept(window);
  const { keyboard } = navigator as { readonly keyboard?: Keyboard };
  const loading = signal<Loading | null>(null);
  const isGone = signal(false);
  const spoken = signal("");
  const handlers = new Set<Readonly<Record<string, () => void>>>();
  const theme = signal<Theme>(savedTheme(kept) ?? systemTheme());
  if (savedTheme(kept) !== null) document.documentElement.dataset["theme"] = theme.value;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (savedTheme(kept) === null) theme.value = systemTheme();
  });

  const app: App = {
    store: createStore(window),
    client: new Client(
      transport,
      (now) => {
        loading.value = now;
      },
      (gone) => {
        isGone.value = gone;
      },
    ),
    theme,
    keys: createKeys(kept, window, keyboard),
    recordings: signal<RecordingList | null>(null),
    retries: signal(0),
    say(text) {
      spoken.value = text;
    },
    onKeys(more) {
      handlers.add(more);
      return () => {
        handlers.delete(more);
      };
    },
  };
  const setTheme = (next: Theme): void => {
    theme.value = next;
    document.documentElement.dataset["theme"] = next;
    kept.write(themeName, next);
  };
  return (
    <AppContext.Provider value={app}>
      <Shell
        loading={loading}
        isGone={isGone}
        spoken={spoken}
        setTheme={setTheme}
        handlers={handlers}
      />
    </AppContext.Provider>
  );
}
