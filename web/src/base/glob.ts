// Patterns with * and ?, as filters are spelled in the address: the whole of a text must match.

export function globMatcher(pattern: string): (text: string) => boolean {
  const source = [...pattern]
    .map((sign) =>
      sign === "*" ? "[^]*" : sign === "?" ? "[^]" : sign.replace(/[.*+?^${}()|[\]\\/]/, "\\$&"),
    )
    // Several stars in a row mean one: what matches them in many ways would take for ever.
    .filter((part, i, parts) => part !== "[^]*" || parts[i - 1] !== part)
    .join("");
  const matcher = new RegExp(`^${source}$`, "u");
  return (text) => matcher.test(text.length > 10_000 ? text.slice(0, 10_000) : text);
}
