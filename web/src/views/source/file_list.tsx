// Hot files with their hot functions: where to look.

import { useEffect, useState } from "preact/hooks";
import { percentText, shareOf, valueText } from "../../base/format";
import { baseName, nameForms, shownText } from "../../base/text";
import type { FilesAnswer, HotFile } from "./source_answer";

export interface FileListProps {
  readonly answer: FilesAnswer;
  readonly chosen: string; // a function
  readonly filter: string;
  readonly unit: string;
  readonly onChoose: (key: string) => void;
}

function Heat({ share }: { share: number }) {
  return (
    <svg
      class="share-bar file-heat"
      aria-hidden="true"
      preserveAspectRatio="none"
      viewBox="0 0 1 1"
    >
      <rect width={Math.max(0, Math.min(1, share))} height="1" />
    </svg>
  );
}

function matching(files: readonly HotFile[], filter: string): readonly HotFile[] {
  if (filter === "") return files;
  const low = filter.toLowerCase();
  const has = (text: string): boolean => text.toLowerCase().includes(low);
  return files
    .map((file) =>
      has(file.file) ? file : { ...file, functions: file.functions.filter((one) => has(one.name)) },
    )
    .filter((file) => file.functions.length > 0);
}

// "Spreader::step": what is in front of that the file says.
function lastParts(name: string): string {
  const [, bare = name] = nameForms(name);
  return bare.startsWith("+0x") ? name : bare.split("::").slice(-2).join("::");
}

export function FileList(props: FileListProps) {
  const all = props.answer.files;
  const files = matching(all, props.filter);
  const holder = all.find((file) => file.functions.some((one) => one.key === props.chosen))?.file;
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (holder !== undefined) setOpened((before) => new Set(before).add(holder));
  }, [holder]);
  return (
    <nav class="file-list" aria-label="Hot files">
      <div class="code-head">
        <span class="code-title">Hot files</span>
      </div>
      <ul>
        {files.map((file) => (
          <li key={file.file}>
            <details
              open={opened.has(file.file) || props.filter !== ""}
              onToggle={(event) => {
                const isOpen = event.currentTarget.open;
                if (isOpen === opened.has(file.file)) return;
                const next = new Set(opened);
                if (isOpen) next.add(file.file);
                else next.delete(file.file);
                setOpened(next);
              }}
            >
              <summary
                title={shownText(file.file, 2_000) + (file.found === false ? " (not found)" : "")}
              >
                <span class={`file-name ${file.found === false ? "is-missing" : ""}`}>
                  {shownText(baseName(file.file) || "no file known", 80)}
                  {file.found === false && file.file !== "" && (
                    <span class="hidden"> (not found)</span>
                  )}
                </span>
                <Heat share={file.share} />
                <span class="value">{percentText(file.share)}</span>
              </summary>
              <ul>
                {file.functions.map((one) => (
                  <li key={one.key}>
                    <button
                      type="button"
                      aria-current={one.key === props.chosen ? "true" : undefined}
                      title={shownText(one.name, 2_000)}
                      onClick={() => props.onChoose(one.key)}
                    >
                      <span class="file-name">{shownText(lastParts(one.name), 120)}</span>
                      <span class="value soft" title={valueText(one.self, props.unit)}>
                        {percentText(shareOf(one.self * file.share, file.self))}
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
            </details>
          </li>
        ))}
      </ul>
      {files.length === 0 && <p class="soft file-none">No file or function is named like that.</p>}
    </nav>
  );
}
