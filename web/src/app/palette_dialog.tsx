// Everything that can be done, found by typing.

import { useState } from "preact/hooks";
import { labelOf } from "../model/key_press";
import { useApp } from "../widgets/app_context";
import { Modal } from "../widgets/modal";

interface Entry {
  readonly says: string;
  readonly keys: string;
  readonly act: () => void;
}

export function PaletteDialog(props: { run: (id: string) => void; close: () => void }) {
  const app = useApp();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const { page } = app.store.state.value;
  const entries: Entry[] = app.keys.bindings.value
    .filter((binding) => binding.inPalette === true || binding.where === page)
    .map((binding) => ({
      says: binding.says,
      keys: binding.keys.map((keys) => labelOf(keys, app.keys.layout.value)).join(" or "),
      act: () => props.run(binding.id),
    }));
  for (const { id } of app.recordings.value?.recordings ?? []) {
    entries.push({ says: `Open ${id}`, keys: "", act: () => app.store.set({ a: id, b: null }) });
    entries.push({ says: `Compare with ${id}`, keys: "", act: () => app.store.set({ b: id }) });
  }
  const words = text.toLowerCase().split(/\s+/);
  const found = entries.filter(({ says }) =>
    words.every((word) => says.toLowerCase().includes(word)),
  );
  const chosen = Math.min(at, found.length - 1);
  const act = (entry: Entry | undefined): void => {
    props.close();
    entry?.act();
  };
  return (
    <Modal title="Commands" close={props.close}>
      <input
        type="text"
        class="palette-input"
        aria-label="What to do"
        role="combobox"
        aria-expanded={true}
        aria-controls="palette-list"
        aria-activedescendant={`palette-${chosen}`}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, chosen + 1));
          else if (event.key === "ArrowUp") setAt(Math.max(0, chosen - 1));
          else if (event.key === "Enter") act(found[chosen]);
          else return;
          event.preventDefault();
        }}
      />
      <ul class="palette-list" id="palette-list" role="listbox" aria-label="Commands">
        {found.map((entry, i) => (
          <li
            key={entry.says}
            id={`palette-${i}`}
            role="option"
            aria-selected={i === chosen}
            onClick={() => act(entry)}
          >
            <span>{entry.says}</span>
            {entry.keys !== "" && <kbd>{entry.keys}</kbd>}
          </li>
        ))}
        {found.length === 0 && <li class="soft">Nothing is called that</li>}
      </ul>
    </Modal>
  );
}
