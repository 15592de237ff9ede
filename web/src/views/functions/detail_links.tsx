// Where rows of the tables lead: a function to its source and its stacks, a thread to the filter, a
// span to its durations.

import { shownText } from "../../base/text";
import { sourceOf, stacksOf, timesOf } from "../../model/links";
import { useApp } from "../../widgets/app_context";
import { FunctionText, NameText } from "../../widgets/name_text";

type Linked = {
  readonly name: string;
  readonly keyText: string | null | undefined;
  readonly weight: string;
};

export function FunctionLink({ name, keyText: key, weight }: Linked) {
  const { store } = useApp();
  if (name === "") return <span class="soft">[no stack]</span>;
  if (key === null || key === undefined) return <FunctionText text={name} />;
  return (
    <button
      type="button"
      class="link"
      title="Its source"
      onClick={() => store.set(sourceOf(store.state.value, key, { weight, search: "" }))}
    >
      <FunctionText text={name} />
    </button>
  );
}

export function StacksLink({ name, keyText: key, weight }: Linked) {
  const { store } = useApp();
  if (key === null || key === undefined) return <span class="soft">–</span>;
  return (
    <button
      type="button"
      class="link"
      title={`The flame graph of stacks through ${shownText(name, 120)}`}
      onClick={() => store.set(stacksOf(store.state.value, key, { weight, search: "" }))}
    >
      Flame
    </button>
  );
}

// Only of A: the filter holds on both sides, and threads have numbers of their own in each.
export function ThreadLink({ name, id }: { name: string; id: number | undefined }) {
  const { store } = useApp();
  if (id === undefined) return <NameText text={name} />;
  return (
    <button
      type="button"
      class="link"
      title="Only this thread, on every page"
      onClick={() => store.set({ threads: [id] })}
    >
      <NameText text={name} />
    </button>
  );
}

export function SpanLink({ name }: { name: string }) {
  const { store } = useApp();
  if (name === "") return <span class="soft">(in no span)</span>;
  return (
    <button
      type="button"
      class="link"
      title="How long it takes"
      onClick={() => store.set(timesOf(store.state.value, name, { search: "" }))}
    >
      <NameText text={name} />
    </button>
  );
}
