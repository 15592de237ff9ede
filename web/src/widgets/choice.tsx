// One of a few, all of them seen.

import "./widgets.css";

export interface Choice<Id extends string> {
  readonly id: Id;
  readonly says: string;
  readonly hint?: string;
  readonly isOff?: boolean;
}

export function Choices<Id extends string>(props: {
  label: string;
  value: Id;
  choices: readonly Choice<Id>[];
  onChoose: (id: Id) => void;
}) {
  return (
    <span class="choices" role="group" aria-label={props.label}>
      {props.choices.map((choice) => (
        <button
          key={choice.id}
          type="button"
          aria-pressed={choice.id === props.value}
          disabled={choice.isOff === true}
          title={choice.hint}
          onClick={() => props.onChoose(choice.id)}
        >
          {choice.says}
        </button>
      ))}
    </span>
  );
}

// One of more: the browser's list, with its name before it.
export function Chooser<Id extends string>(props: {
  label: string;
  value: Id;
  choices: readonly Choice<Id>[];
  onChoose: (id: Id) => void;
}) {
  return (
    <label class="chooser">
      <span class="soft">{props.label}</span>
      <select
        value={props.value}
        onChange={(event) => {
          const chosen = props.choices.find((one) => one.id === event.currentTarget.value);
          if (chosen !== undefined) props.onChoose(chosen.id);
        }}
      >
        {props.choices.map((choice) => (
          <option key={choice.id} value={choice.id} disabled={choice.isOff === true}>
            {choice.says}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Toggle(props: {
  says: string;
  hint?: string;
  isOn: boolean;
  isOff?: boolean;
  onChange: (isOn: boolean) => void;
}) {
  return (
    <button
      type="button"
      aria-pressed={props.isOn}
      title={props.hint}
      disabled={props.isOff === true}
      onClick={() => props.onChange(!props.isOn)}
    >
      {props.says}
    </button>
  );
}

export function Tabs<Id extends string>(props: {
  label: string;
  value: Id;
  tabs: readonly Choice<Id>[];
  onChoose: (id: Id) => void;
}) {
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const { tabs } = props;
    const at = tabs.findIndex((tab) => tab.id === props.value);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    props.onChoose(next.id);
    const box = event.currentTarget as HTMLElement;
    queueMicrotask(() => box.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
  };
  return (
    <div class="tabs" role="tablist" aria-label={props.label} onKeyDown={move}>
      {props.tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          aria-selected={tab.id === props.value}
          tabIndex={tab.id === props.value ? 0 : -1}
          title={tab.hint}
          onClick={() => props.onChoose(tab.id)}
        >
          {tab.says}
        </button>
      ))}
    </div>
  );
}
