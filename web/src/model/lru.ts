// A map that holds so much and no more: what was used longest ago goes first.

export class Lru<Value> {
  readonly #values = new Map<string, { readonly value: Value; readonly cost: number }>();
  readonly #costMax: number;
  #cost = 0;

  constructor(costMax: number) {
    this.#costMax = costMax;
  }

  get size(): number {
    return this.#values.size;
  }
  get cost(): number {
    return this.#cost;
  }

  // Without its being used.
  has(key: string): boolean {
    return this.#values.has(key);
  }

  get(key: string): Value | undefined {
    const found = this.#values.get(key);
    if (found === undefined) return undefined;
    // A map keeps the order of insertion: the last is the one used last.
    this.#values.delete(key);
    this.#values.set(key, found);
    return found.value;
  }

  set(key: string, value: Value, cost: number): void {
    const before = this.#values.get(key);
    if (before !== undefined) {
      this.#values.delete(key);
      this.#cost -= before.cost;
    }
    this.#values.set(key, { value, cost });
    this.#cost += cost;
    for (const [oldest, { cost: freed }] of this.#values) {
      // The newest stays even where it alone is too much: it is about to be shown.
      if (this.#cost <= this.#costMax || oldest === key) break;
      this.#values.delete(oldest);
      this.#cost -= freed;
    }
  }

  clear(): void {
    this.#values.clear();
    this.#cost = 0;
  }
}
