// Text from recordings, made fit to be shown: names of functions and spans are what a program
// chose, so they may be ten thousand characters long or turn the text around them.

// Control characters and those that change the direction of what follows.
// oxlint-disable-next-line no-control-regex
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

export const nameLimit = 300;
// Of a name whose short form is wanted: the end of it says what it is, so this much is looked at.
export const formLimit = 2_000;

// At most `limit` characters on one line, each of which can be seen.
export function shownText(text: string, limit: number = nameLimit): string {
  const cut = text.length > limit ? `${wholeStart(text, limit - 1)}…` : text;
  return cut.replace(unseen, "\ufffd");
}

// Not to end in the middle of a pair that makes one character.
function wholeStart(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}

// The last part of a path.
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

// Shorter and shorter forms of a function's name, for places of any width: as it is, without what
// stands in brackets, its last part alone. "ns::Tree<int>::insert(int const&)", "ns::Tree::insert",
// "insert"; "libfoo.so+0x12ab", "+0x12ab".
export function nameForms(name: string): readonly string[] {
  const offset = /^.+(\+0x[0-9a-f]+)$/.exec(name)?.[1];
  if (offset !== undefined) return [name, offset];
  const bare = withoutBrackets(name);
  const last = bare.slice(bare.lastIndexOf("::") + 2);
  return [...new Set(bare.includes("::") && last !== "" ? [name, bare, last] : [name, bare])];
}

// An operator's own brackets stay, and so does a name that is nothing but brackets.
function withoutBrackets(name: string): string {
  const operator =
    /^(.*::|)(operator(?:\(\)|\[\]|[^\s\w(]+|\s?[\w: *&]+))(?:\s?<.*>)?(?:\(.*)?$/s.exec(name);
  if (operator !== null) {
    const [, scope = "", own = ""] = operator;
    return scope === "" ? own : `${withoutBrackets(scope.slice(0, -2))}::${own}`;
  }
  let out = "";
  let depth = 0;
  for (const letter of name.replaceAll("(anonymous namespace)::", "")) {
    if (letter === "<" || letter === "(" || letter === "[" || letter === "{") depth++;
    else if (letter === ">" || letter === ")" || letter === "]" || letter === "}") depth--;
    else if (depth === 0) out += letter;
    if (depth < 0) return name;
  }
  const bare = out.replace(/( const| volatile|&)*\s*$/, "").trim();
  // Cut within a bracket: what follows it is not known, and it is said that there is more.
  if (depth > 0 && bare !== "") return `${bare}…`;
  return bare === "" || bare.endsWith("::") ? name : bare;
}

const codeLimit = 2_000;
const tabWidth = 4;

// A line of source: tabs as blanks up to their stops, and the rest as shownText() has it.
export function codeText(line: string): string {
  if (!line.includes("\t")) return shownText(line, codeLimit);
  let out = "";
  for (const part of line.slice(0, codeLimit).split(/(\t)/)) {
    out += part === "\t" ? " ".repeat(tabWidth - (out.length % tabWidth)) : part;
  }
  return shownText(out, codeLimit);
}
