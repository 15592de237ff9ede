// Text from recordings, made fit to be shown: names of functions and spans are what a program chose,
// so they may be ten thousand characters long or turn the text around them.

// Control characters and those that change the direction of what follows.
// oxlint-disable-next-line no-control-regex
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

export const nameLimit = 300;

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
