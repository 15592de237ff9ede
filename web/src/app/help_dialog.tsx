// Every key, from the table that handles them, each to be changed. Letters that go by their place
// on the keyboard are shown as what is printed there, where the browser can tell.

import { useState } from "preact/hooks";
import { boundBy, holderOf, noOwnKeys, swapped, withKeys, withoutKeys } from "../model/keymap";
import { isLeader, type KeyPress, labelOf, spellingOf } from "../model/key_press";
import { bindings as table, type KeyBinding, leader, placeNames, type Where } from "../model/keys";
import { useApp } from "../widgets/app_context";
import { Modal } from "../widgets/modal";

interface Said {
  readonly text: string;
  readonly swap?: () => void;
}

export function HelpDialog({ close }: { close: () => void }) {
  const { keys } = useApp();
  const own = keys.own.value;
  const bindings = keys.bindings.value;
  const [waiting, setWaiting] = useState(""); // id of the binding that gets the next key
  const [before, setBefore] = useState("");
  const [said, setSaid] = useState<Said>({ text: "" });
  const label = (spelled: string): string => labelOf(spelled, keys.layout.value);

  const wait = (id: string): void => {
    setWaiting(id);
    setBefore("");
    if (id !== "") setSaid({ text: "Press the new key; Escape leaves it as it is" });
  };
  const give = (binding: KeyBinding, spelled: string, press: KeyPress): void => {
    wait("");
    const holder = holderOf(bindings, binding.id, spelled, press);
    if (holder === null) {
      keys.set(withKeys(own, binding.id, spelled));
      setSaid({ text: `${binding.says}: ${label(spelled)}` });
      return;
    }
    const text = `${label(spelled)} is taken: ${placeNames[holder.where]}, "${holder.says}"`;
    const after = swapped(own, binding.id, spelled, holder);
    if (after === null) return setSaid({ text });
    const theirs = boundBy(after).find((one) => one.id === holder.id)?.keys[0] ?? "";
    setSaid({
      text,
      swap: () => {
        keys.set(after);
        setSaid({ text: `${binding.says}: ${label(spelled)}; ${holder.says}: ${label(theirs)}` });
      },
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const binding = bindings.find((one) => one.id === waiting);
    if (binding === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") {
      wait("");
      return setSaid({ text: "Nothing is changed" });
    }
    if (before === "" && isLeader(event)) {
      setBefore(leader);
      return setSaid({ text: `${leader} and then?` });
    }
    const byPlace = table.some((one) => one.id === waiting && /Key[A-Z]$/.test(one.keys[0] ?? ""));
    const spelling = spellingOf(event, byPlace && before === "");
    if (spelling.is === "refused") setSaid({ text: `${spelling.why}: press another` });
    else if (spelling.is === "keys") {
      give(binding, before === "" ? spelling.keys : `${before} ${spelling.keys}`, event);
    }
  };

  return (
    <Modal title="Keys" close={close}>
      <div class="key-bar">
        <span class="soft">Press a key's button to change it.</span>
        <span role="status" class="key-said">
          {said.text}
        </span>
        {said.swap !== undefined && (
          <button type="button" class="small" onClick={said.swap}>
            Swap the two
          </button>
        )}
        {own.size > 0 && (
          <button
            type="button"
            class="small"
            onClick={() => {
              keys.set(noOwnKeys);
              setSaid({ text: "All keys are as they were at first" });
            }}
          >
            Reset all keys
          </button>
        )}
      </div>
      <div class="key-columns" onKeyDownCapture={onKeyDown}>
        {(Object.keys(placeNames) as Where[]).map((where) => (
          <section key={where}>
            <h3>{placeNames[where]}</h3>
            <dl class="keys">
              {bindings
                .filter((binding) => binding.where === where)
                .map((binding) => (
                  <KeyRow
                    key={binding.id}
                    binding={binding}
                    label={label}
                    isWaiting={binding.id === waiting}
                    isOwn={own.has(binding.id) || binding.keys.length < shownKeys(binding)}
                    wait={wait}
                    reset={() => {
                      keys.set(withoutKeys(own, binding.id));
                      setSaid({ text: `${binding.says}: as at first` });
                    }}
                  />
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

function shownKeys(binding: KeyBinding): number {
  return table.find((one) => one.id === binding.id)?.keys.length ?? 0;
}

function KeyRow(props: {
  binding: KeyBinding;
  label: (keys: string) => string;
  isWaiting: boolean;
  isOwn: boolean;
  wait: (id: string) => void;
  reset: () => void;
}) {
  const { binding, label, isWaiting } = props;
  const shown = binding.keys.map((keys) => <kbd key={keys}>{label(keys)}</kbd>);
  return (
    <div>
      <dt>
        {binding.isFixed === true ? (
          shown
        ) : (
          <button
            type="button"
            class="key-button"
            aria-pressed={isWaiting}
            aria-label={`${binding.says}: ${binding.keys.map(label).join(" or ") || "no key"}, change`}
            title="Change the key"
            onClick={() => props.wait(isWaiting ? "" : binding.id)}
            onBlur={() => {
              if (isWaiting) props.wait("");
            }}
          >
            {isWaiting ? "press a key" : shown.length > 0 ? shown : "no key"}
          </button>
        )}
      </dt>
      <dd>
        {binding.says}
        {props.isOwn && (
          <button
            type="button"
            class="small plain"
            aria-label={`${binding.says}: reset the key`}
            onClick={props.reset}
          >
            Reset
          </button>
        )}
      </dd>
    </div>
  );
}
