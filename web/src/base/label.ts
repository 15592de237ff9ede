// Names as they are shown: recorded programs choose them, so they may be of any length and hold
// signs that turn the line around or end it.

const ellipsis = "…";

// Controls, separators of lines, and what sets the direction of text.
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]/gu;

export function labelText(name: string, signs = 200): string {
  // Two units a sign at the most: the cut is made before the costly part.
  const head = name.length > signs * 2 ? name.slice(0, signs * 2) : name;
  const clean = head.replace(unsafe, "·");
  if (clean.length <= signs && head === name) return clean;
  const letters = [...clean];
  if (letters.length <= signs && head === name) return clean;
  return letters.slice(0, signs - 1).join("") + ellipsis;
}
