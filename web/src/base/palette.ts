// Colours of functions and spans: hue by module, step by name, the same on every page, in A and in
// B and in `hone flamegraph`. Paul Tol's "light" scheme, made to be told apart by colour-blind
// people, in steps that lean a little to either side; a label on any of them has a contrast of 4.5
// and more. They are those of src/report/assets/palette.css: `tools/test_pages units` compares.

const light = [
  ["#77aadd", "#85c0e0", "#92afe4", "#a3c9e8", "#7e9bdf", "#adc8eb"],
  ["#7fcdf2", "#8ce1f3", "#99c9f5", "#a8e1f6", "#85baf3", "#b2dcf7"],
  ["#44bb99", "#57c293", "#69c9bc", "#80d1b6", "#4dbeb5", "#8fd6c7"],
  ["#bbcc33", "#d1cc47", "#b6d65c", "#d6dc74", "#a1cf3d", "#d0e085"],
  ["#eedd88", "#f0d394", "#f1f0a0", "#f3e4ae", "#ecef8e", "#f5efb8"],
  ["#ee8866", "#f08275", "#f1b085", "#f3a997", "#efa86e", "#f5bda3"],
  ["#ffaabb", "#ffb2ce", "#ffbbbe", "#ffc5d3", "#ffaeae", "#ffccd3"],
  ["#aaaa00", "#b29b1a", "#a7bb33", "#c5c052", "#8eae0d", "#c5cc66"],
] as const;

const dark = [
  ["#4b6a89", "#46697e", "#435677", "#3d576d", "#495c84", "#3a4d66"],
  ["#487185", "#406a75", "#43607b", "#385765", "#4c6b8d", "#375163"],
  ["#2f7362", "#2d6c54", "#2b6560", "#285c4e", "#2e706d", "#26564f"],
  ["#687228", "#686727", "#506426", "#515625", "#567028", "#465224"],
  ["#726d4b", "#6c6248", "#5a5c3f", "#55513d", "#656945", "#484937"],
  ["#8e5746", "#844743", "#7a563f", "#6f443b", "#876144", "#674639"],
  ["#8a616c", "#7f5a6b", "#745458", "#684c57", "#845e60", "#5f474e"],
  ["#686a0d", "#61560e", "#4f5d0f", "#525111", "#52660d", "#494f12"],
] as const;

export const palette = { light, dark } as const;
export type Theme = keyof typeof palette;

// FNV-1a with a final mix, as hone's own pictures take it: never to change, since colours are
// compared across files.
export function nameHash(text: string): number {
  let hash = 2166136261;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 16777619);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}
const encoder = new TextEncoder();

// Hues for modules whose hue is their hash, and those of libraries that are in most programs.
const hashed = [6, 1, 2, 3, 0] as const;
const cLibrary = 4;
const cxxLibrary = 5;
const mathLibrary = 7;

function hueOf(module: string): number {
  const file = module.slice(module.lastIndexOf("/") + 1);
  const so = file.indexOf(".so");
  const name = so < 0 ? file : file.slice(0, so);
  if (name === "libc" || name === "libpthread" || name === "[vdso]") return cLibrary;
  if (name.startsWith("ld-linux")) return cLibrary;
  if (name === "libstdc++" || name === "libgcc_s") return cxxLibrary;
  if (name === "libm") return mathLibrary;
  return hashed[(nameHash(name) >>> 17) % hashed.length] ?? 0;
}

export function colorOf(module: string, name: string, theme: Theme): string {
  const hues = palette[theme];
  const steps = hues[hueOf(module)] ?? hues[0];
  return steps[nameHash(name) % steps.length] ?? steps[0];
}

// Of spans, which have no module: hue and step both by the name.
export function spanColorOf(name: string, theme: Theme): string {
  const hues = palette[theme];
  const hash = nameHash(name);
  const steps = hues[(hash >>> 8) % hues.length] ?? hues[0];
  return steps[hash % steps.length] ?? steps[0];
}
