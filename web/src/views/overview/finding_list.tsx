// Findings, the ones to act on first. In compare: those that only one of the two has are marked.

import { useState } from "preact/hooks";
import { onPage } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { CopyButton } from "../../widgets/copy_button";
import type { Finding, FindingLink } from "./overview_types";

const severities: Record<number, readonly [string, string]> = {
  3: ["act", "Act on it"],
  2: ["look", "Look at it"],
  1: ["quiet", "Note"],
};

interface Shown {
  readonly finding: Finding;
  readonly only: "" | "A" | "B";
}

// Findings of one kind in both are one row, A's; its sentence has A's numbers.
export function mergeFindings(
  a: readonly Finding[],
  b: readonly Finding[] | null,
): readonly Shown[] {
  if (b === null) return a.map((finding) => ({ finding, only: "" }));
  const idsOfA = new Set(a.map(({ id }) => id));
  const idsOfB = new Set(b.map(({ id }) => id));
  const added = b.filter(({ id }) => !idsOfA.has(id));
  const all = [
    ...added.map((finding): Shown => ({ finding, only: "B" })),
    ...a.map((finding): Shown => ({ finding, only: idsOfB.has(finding.id) ? "" : "A" })),
  ];
  // What B adds comes first among those of its weight; the sort keeps the order of equals.
  return all.sort((one, other) => other.finding.severity - one.finding.severity);
}

export function FindingList(props: { a: readonly Finding[]; b: readonly Finding[] | null }) {
  const { store } = useApp();
  const { more } = store.state.value;
  const dismissed = new Set((more["seen"] ?? "").split(",").filter((id) => id !== ""));
  const all = mergeFindings(props.a, props.b);
  const shown = all.filter(({ finding }) => !dismissed.has(finding.id));
  const dismiss = (id: string): void =>
    store.set({ more: { ...more, seen: [...dismissed, id].join(",") } });
  return (
    <section aria-labelledby="findings">
      <h2 id="findings">
        Findings <span class="soft">{shown.length}</span>
      </h2>
      <ul class="findings">
        {shown.map(({ finding, only }) => (
          <FindingCard
            key={`${only}${finding.id}`}
            finding={finding}
            only={only}
            dismiss={() => dismiss(finding.id)}
          />
        ))}
      </ul>
      {shown.length < all.length && (
        <button
          type="button"
          class="small"
          onClick={() => store.set({ more: { ...more, seen: "" } })}
        >
          Show {all.length - shown.length} dismissed
        </button>
      )}
    </section>
  );
}

function FindingCard(props: { finding: Finding; only: Shown["only"]; dismiss: () => void }) {
  const { finding, only } = props;
  const [isOpen, setIsOpen] = useState(false);
  const [kind, word] = severities[finding.severity] ?? ["quiet", "Note"];
  const command = /(hone [a-z].*)$/.exec(finding.next_step)?.[1] ?? "";
  return (
    <li class={`panel finding is-${kind}`} data-finding={finding.id}>
      <div class="finding-head">
        <span class={`severity is-${kind}`}>{word}</span>
        {only !== "" && <span class="severity">only in {only}</span>}
        <p class="sentence">{finding.sentence}</p>
        <button
          type="button"
          class="small plain"
          onClick={props.dismiss}
          aria-label={`Dismiss: ${finding.id}`}
        >
          Dismiss
        </button>
      </div>
      {finding.next_step !== "" && (
        <p class="next">
          {finding.next_step}{" "}
          {command !== "" && <CopyButton text={command} says="Copy the command" />}
        </p>
      )}
      <div class="toolbar">
        {uniqueLinks(finding.links).map((link) => (
          <LinkButton key={link.text} link={link} />
        ))}
        <button
          type="button"
          class="small plain"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          How it was computed
        </button>
      </div>
      {isOpen && <Evidence finding={finding} />}
    </li>
  );
}

function uniqueLinks(links: readonly FindingLink[]): readonly FindingLink[] {
  return links.filter((link, i) => links.findIndex(({ text }) => text === link.text) === i);
}

function LinkButton({ link }: { link: FindingLink }) {
  const { store } = useApp();
  return (
    <button
      type="button"
      class="small"
      data-to={link.page}
      onClick={() => store.set(onPage(store.state.value, link.page, link.state))}
    >
      {link.text}
    </button>
  );
}

function Evidence({ finding }: { finding: Finding }) {
  return (
    <div class="evidence">
      <p>{finding.how}</p>
      <dl>
        {Object.entries(finding.evidence).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
