// The bar above source and assembly: which costs are shown.

import { useApp } from "../../widgets/app_context";
import { Chooser, Choices, Toggle } from "../../widgets/choice";
import { type Weights, WeightMenu } from "../../widgets/weight_menu";
import { sourceSettings } from "./use_source";

export function SourceBar(props: { weights: Weights | null; weight: string }) {
  const { store, keys } = useApp();
  const state = store.state.value;
  const settings = sourceSettings(state.more);
  const set = (name: string, value: string): void =>
    store.set({ more: { ...state.more, [`src.${name}`]: value } });
  const present = (props.weights?.weights ?? []).filter((weight) => weight.absent === null);
  return (
    <div class="toolbar">
      <WeightMenu
        weights={props.weights}
        value={props.weight}
        onChoose={(weight) => store.set({ weight })}
      />
      <Chooser
        label="beside it"
        value={settings.second}
        choices={[
          { id: "", says: "nothing" },
          ...present
            .filter(({ id }) => id !== props.weight)
            .map(({ id, name }) => ({ id, says: name })),
        ]}
        onChoose={(id) => set("weight2", id)}
      />
      <Choices
        label="Cost"
        value={settings.kind}
        choices={[
          { id: "self", says: "Self", hint: "What the line itself costs" },
          { id: "total", says: "With calls", hint: "With what the line calls" },
        ]}
        onChoose={(kind) => set("kind", kind === "self" ? "" : kind)}
      />
      <Toggle
        says="Assembly"
        hint={keys.hint("The instructions beside the source", "assembly")}
        isOn={settings.hasAssembly}
        onChange={(on) => set("asm", on ? "" : "0")}
      />
    </div>
  );
}
