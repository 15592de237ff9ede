// A name out of a recording: on one line, cut, and kept from turning what stands beside it.

import { baseName, formLimit, nameForms, shownText } from "../base/text";

const titleLimit = 2_000;

export function NameText({ text, none = "(no name)" }: { text: string; none?: string }) {
  if (text === "") return <span class="soft">{none}</span>;
  return <bdi title={shownText(text, titleLimit)}>{shownText(text)}</bdi>;
}

// Of a function: what it is called first, its parameters less loudly; what stands in angle brackets
// is left out. All of it is the title.
export function FunctionText({ text }: { text: string }) {
  if (text === "") return <NameText text={text} />;
  const [, bare = text] = nameForms(text.slice(0, formLimit));
  const isOffset = bare.startsWith("+0x");
  const behind = text.startsWith(bare) ? text.slice(bare.length) : "<…>";
  return (
    <bdi title={shownText(text, titleLimit)}>
      {shownText(isOffset ? text : bare)}
      {!isOffset && behind !== "" && <span class="soft">{shownText(behind, 120)}</span>}
    </bdi>
  );
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
