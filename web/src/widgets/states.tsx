// What a page shows when it has nothing to show: it is loading, there is none of it, it failed.

import type { ComponentChildren } from "preact";
import type { Problem } from "../base/result";
import type { Absent } from "../engine/types";
import { CopyButton } from "./copy_button";

export function Skeleton({ rows = 8, says = "Loading" }: { rows?: number; says?: string }) {
  return (
    <div class="skeleton" role="status">
      <span class="hidden">{says}</span>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} class="skeleton-row" aria-hidden="true" />
      ))}
    </div>
  );
}

export function AbsentNote({ absent, title }: { absent: Absent; title?: string }) {
  return (
    <section class="note empty">
      {title !== undefined && <h2>{title}</h2>}
      <p>{absent.why}</p>
      {absent.command !== "" && (
        <p class="command">
          <code>{absent.command}</code>
          <CopyButton text={absent.command} says="Copy the command" />
        </p>
      )}
    </section>
  );
}

export function EmptyNote({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <section class="note empty">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export function ProblemNote({ problem, again }: { problem: Problem; again?: () => void }) {
  if (problem.kind === "gone") return null; // the banner says it, for all pages
  return (
    <section class="note problem" role="alert">
      <h2>
        {problem.message}
        {problem.code !== "" && <span class="code"> {problem.code}</span>}
      </h2>
      {problem.effect !== "" && <p>{problem.effect}</p>}
      {problem.fixes.length > 0 && (
        <ul>
          {problem.fixes.map((fix) => (
            <li key={fix}>{fix}</li>
          ))}
        </ul>
      )}
      {problem.code !== "" && (
        <p class="soft">
          <code>hone help {problem.code}</code> explains it.
        </p>
      )}
      {again !== undefined && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </section>
  );
}
