// A name out of a recording: on one line, cut, and kept from turning what stands beside it.

import { baseName, shownText } from "../base/text";

const titleLimit = 2_000;

export function NameText({ text, none = "(no name)" }: { text: string; none?: string }) {
  if (text === "") return <span class="soft">{none}</span>;
  return <bdi title={shownText(text, titleLimit)}>{shownText(text)}</bdi>;
}

// "file.cc:12", with the whole path as its title.
export function PlaceText({ file, line }: { file: string; line: number }) {
  if (file === "") return <span class="soft">–</span>;
  const shown = shownText(baseName(file)) + (line > 0 ? `:${line}` : "");
  return <bdi title={shownText(file, titleLimit)}>{shown}</bdi>;
}

export function ModuleText({ module }: { module: string }) {
  if (module === "") return <span class="soft">–</span>;
  return <bdi title={shownText(module, titleLimit)}>{shownText(baseName(module))}</bdi>;
}
