// What has to be known before reading: the source is not what was built, or is not there.

import { shownText } from "../../base/text";
import { CopyButton } from "../../widgets/copy_button";
import type { SourceFile } from "./source_answer";

export function ChangedBanner() {
  return (
    <div class="banner source-changed" role="alert">
      <strong>The source has changed since the program was built.</strong>
      <span>Lines and their costs may not fit each other; the assembly is what ran.</span>
    </div>
  );
}

// Where the sources may be now is known to the person alone: what was tried, and the rule to give.
export function MissingFile({ file }: { file: SourceFile }) {
  const folder = file.file.slice(0, Math.max(0, file.file.lastIndexOf("/"))) || "/build/folder";
  const tried = file.tried ?? [];
  const command = `hone view --source-path ${folder}=WHERE_IT_IS_NOW`;
  return (
    <section class="note empty source-missing">
      <h2>The source file is not here</h2>
      <p>
        The program was built from <code>{shownText(file.file, 400)}</code>. The assembly on the
        right is from the recording itself, and complete.
      </p>
      {tried.length > 0 && (
        <>
          <p>These were tried:</p>
          <ul>
            {tried.map((path) => (
              <li key={path}>
                <code>{shownText(path, 400)}</code>
              </li>
            ))}
          </ul>
        </>
      )}
      <p>If the sources lie somewhere else now, start again with:</p>
      <p class="command">
        <code>{shownText(command, 500)}</code>
        <CopyButton text={command} says="Copy the command" />
      </p>
    </section>
  );
}
