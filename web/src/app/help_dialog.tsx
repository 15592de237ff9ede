// Every key, from the table that handles them. Letters that go by their place on the keyboard are
// shown as what is printed there, where the browser can tell.

import { useEffect, useState } from "preact/hooks";
import { bindings, type Where } from "../model/keys";
import { Modal } from "../widgets/modal";

const titles: Record<Where, string> = {
  global: "Everywhere",
  timeline: "Timeline",
  flame: "Flame",
  table: "Tables",
  source: "Source",
};

interface LayoutMap {
  get(code: string): string | undefined;
}
interface WithKeyboard {
  readonly keyboard?: { getLayoutMap(): Promise<LayoutMap> };
}

export function HelpDialog({ close }: { close: () => void }) {
  const [layout, setLayout] = useState<LayoutMap | null>(null);
  useEffect(() => {
    const { keyboard } = navigator as WithKeyboard;
    void keyboard?.getLayoutMap().then(setLayout, () => {});
  }, []);
  const label = (keys: string): string =>
    keys.replace(/Key([A-Z])$/, (code, letter: string) =>
      (layout?.get(code) ?? letter).toUpperCase(),
    );
  return (
    <Modal title="Keys" close={close}>
      <div class="key-columns">
        {(Object.keys(titles) as Where[]).map((where) => (
          <section key={where}>
            <h3>{titles[where]}</h3>
            <dl class="keys">
              {bindings
                .filter((binding) => binding.where === where && binding.keys.length > 0)
                .map((binding) => (
                  <div key={binding.id}>
                    <dt>
                      {binding.keys.map((keys) => (
                        <kbd key={keys}>{label(keys)}</kbd>
                      ))}
                    </dt>
                    <dd>{binding.says}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
