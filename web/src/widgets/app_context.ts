// What every part of the pages may use: the store, the API, the theme, who speaks. Made once by
// app/main, or by a test.

import { createContext } from "preact";
import type { Signal } from "@preact/signals";
import { useContext } from "preact/hooks";
import type { Theme } from "../base/palette";
import type { Client } from "../engine/client";
import type { RecordingList } from "../engine/types";
import type { Keys } from "../model/keys_store";
import type { Store } from "../model/store";

export interface App {
  readonly store: Store;
  readonly client: Client;
  readonly theme: Signal<Theme>;
  readonly keys: Keys;
  readonly recordings: Signal<RecordingList | null>;
  // Counted up when everything that failed is to be asked again.
  readonly retries: Signal<number>;
  // Said to who cannot see: the selection, a result.
  say(text: string): void;
  // Actions of the page that is shown, by the ids of model/keys; gives what takes them away again.
  onKeys(handlers: Readonly<Record<string, () => void>>): () => void;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("outside of the app");
  return app;
}
