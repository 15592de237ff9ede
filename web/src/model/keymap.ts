// The keys that a person chose, over those of the table. One key each; what is kept is read with
// care, for it may be of another version, or of anybody.

import { bindingOf, type KeyPress } from "./key_press";
import { bindings as table, type KeyBinding, type Where } from "./keys";

export type OwnKeys = ReadonlyMap<string, string>; // keys by the id of the binding

const version = 1;
const keptBytesMax = 20_000;
const keyNameMax = 24; // "AudioVolumeDown" and the like
// Modifiers in this order, then a sign, or a name as browsers give it; two for what goes to a page.
const oneKey = `(?:Ctrl\\+)?(?:Alt\\+)?(?:Shift\\+)?(?:[^\\s+\\p{C}]|[A-Z][A-Za-z0-9]{1,${keyNameMax}})`;
const spelling = new RegExp(`^(?:g )?${oneKey}$`, "u");
const kept = new Set(["Escape", "Tab", "g"]); // never alone

export const noOwnKeys: OwnKeys = new Map();

function isSpelled(keys: string): boolean {
  return spelling.test(keys) && !kept.has(keys);
}

export function readOwnKeys(text: string | null): OwnKeys {
  if (text === null || text.length > keptBytesMax) return noOwnKeys;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return noOwnKeys;
  }
  const { v, keys } = Object(data) as { v?: unknown; keys?: unknown };
  if (v !== version || typeof keys !== "object" || keys === null) return noOwnKeys;
  const out = new Map<string, string>();
  for (const binding of table) {
    if (binding.isFixed === true || !Object.hasOwn(keys, binding.id)) continue;
    const own: unknown = (keys as Record<string, unknown>)[binding.id];
    if (typeof own !== "string" || !isSpelled(own)) continue;
    // Two with one key: the first of the table has it.
    const isTaken = table.some(
      (other) =>
        meet(other.where, binding.where) &&
        (other.isFixed === true ? other.keys : [out.get(other.id) ?? ""]).some((one) =>
          isSame(one, own),
        ),
    );
    if (!isTaken) out.set(binding.id, own);
  }
  return out;
}

export function writeOwnKeys(own: OwnKeys): string {
  return JSON.stringify({ v: version, keys: Object.fromEntries(own) });
}

// The table with the person's keys in it. What they took from another, that one has no more.
export function boundBy(own: OwnKeys): readonly KeyBinding[] {
  if (own.size === 0) return table;
  return table.map((binding) => {
    const chosen = own.get(binding.id);
    if (chosen !== undefined) return { ...binding, keys: [chosen] };
    const left = binding.keys.filter(
      (keys) =>
        !table.some((other) => {
          const taken = own.get(other.id);
          return taken !== undefined && meet(other.where, binding.where) && isSame(taken, keys);
        }),
    );
    return left.length === binding.keys.length ? binding : { ...binding, keys: left };
  });
}

// Whether both can be meant by one press: everywhere is also on each page.
function meet(one: Where, other: Where): boolean {
  if (one === "search" || other === "search") return one === other;
  return one === other || one === "global" || other === "global";
}

// Whether a press can mean both. A letter and the place that it mostly has are taken for one; a
// place has Shift and none.
function isSame(one: string, other: string): boolean {
  if (one === other) return true;
  const plain = (keys: string): string =>
    keys.replace(/Key([A-Z])$/, (_, letter: string) => letter.toLowerCase());
  const isPlace = /Key[A-Z]$/.test(one) || /Key[A-Z]$/.test(other);
  if (!isPlace) return false;
  return plain(one).replace("Shift+", "") === plain(other).replace("Shift+", "");
}

// Who has `keys` already where `id` is bound: by the press, as this keyboard has it, and by name.
export function holderOf(
  bindings: readonly KeyBinding[],
  id: string,
  keys: string,
  press: KeyPress | null,
): KeyBinding | null {
  const binding = bindings.find((one) => one.id === id);
  if (binding === undefined) return null;
  const others = bindings.filter((one) => one.id !== id && meet(one.where, binding.where));
  const before = keys.includes(" ") ? (keys.split(" ")[0] ?? "") : "";
  const places = [...new Set(others.map((one) => one.where))];
  if (press !== null) {
    const found = bindingOf(press, places, before, others);
    if (found !== null) return found;
  }
  return others.find((one) => one.keys.some((held) => isSame(held, keys))) ?? null;
}

// The two with each other's keys; null where a third has one of them, or one may not change.
export function swapped(
  own: OwnKeys,
  id: string,
  keys: string,
  holder: KeyBinding,
): OwnKeys | null {
  const bound = boundBy(own);
  const before = bound.find((one) => one.id === id)?.keys[0];
  if (before === undefined || holder.isFixed === true) return null;
  const without = (other: string): readonly KeyBinding[] => bound.filter((one) => one.id !== other);
  const isFree =
    holderOf(without(id), holder.id, before, null) === null &&
    holderOf(without(holder.id), id, keys, null) === null;
  return isFree ? withoutNeedless(new Map(own).set(id, keys).set(holder.id, before)) : null;
}

export function withKeys(own: OwnKeys, id: string, keys: string): OwnKeys {
  return withoutNeedless(new Map(own).set(id, keys));
}

// Back to the table's; also of who has its keys meanwhile, and of who has theirs.
export function withoutKeys(own: OwnKeys, id: string): OwnKeys {
  const after = new Map(own);
  for (const todo = [id]; todo.length > 0;) {
    const one = todo.pop() ?? "";
    after.delete(one);
    const binding = table.find((row) => row.id === one);
    for (const [other, keys] of after) {
      const where = table.find((row) => row.id === other)?.where;
      if (binding === undefined || where === undefined || !meet(where, binding.where)) continue;
      if (binding.keys.some((held) => isSame(held, keys))) todo.push(other);
    }
  }
  return after;
}

// What is as in the table is not the person's own.
function withoutNeedless(own: OwnKeys): OwnKeys {
  return new Map(
    [...own].filter(([id, keys]) => {
      const binding = table.find((one) => one.id === id);
      return binding !== undefined && !(binding.keys.length === 1 && binding.keys[0] === keys);
    }),
  );
}
