import { expect, test } from "vitest";
import { createKept, type KeptPlace } from "./kept";

// As a browser keeps cookies: by name, in one line.
function placeAt(protocol: string, jar: Map<string, string>, stored: Map<string, string> | null) {
  const refuse = (): never => {
    throw new Error("SecurityError");
  };
  const place: KeptPlace = {
    location: { protocol },
    document: {
      get cookie() {
        return [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
      },
      set cookie(text) {
        const [pair = "", ...rest] = text.split("; ");
        const [name = "", value = ""] = pair.split("=");
        if (rest.includes("Max-Age=0")) jar.delete(name);
        else jar.set(name, value);
      },
    },
    localStorage: {
      getItem: (name) => (stored === null ? refuse() : (stored.get(name) ?? null)),
      setItem: (name, text) => void (stored === null ? refuse() : stored.set(name, text)),
      removeItem: (name) => void (stored === null ? refuse() : stored.delete(name)),
    },
  };
  return place;
}

test("a server's pages keep cookies, which hold on the next port too", () => {
  const jar = new Map([["other-hone-keys", "1"]]);
  const kept = createKept(placeAt("http:", jar, null));
  expect(kept.read("hone-keys")).toBe(null);
  kept.write("hone-keys", '{"a; b":"c=d"}');
  expect(createKept(placeAt("http:", jar, new Map())).read("hone-keys")).toBe('{"a; b":"c=d"}');
  kept.write("hone-keys", null);
  expect(kept.read("hone-keys")).toBe(null);
  expect(jar.size).toBe(1);
});

test("what no cookie can hold, or what is none of ours, is not kept", () => {
  const jar = new Map([["hone-keys", "%E0%A4%A"]]);
  const kept = createKept(placeAt("http:", jar, null));
  expect(kept.read("hone-keys")).toBe(null);
  kept.write("hone-theme", "x".repeat(5_000));
  expect(kept.read("hone-theme")).toBe(null);
});

test("a file keeps where it may", () => {
  const stored = new Map<string, string>();
  createKept(placeAt("file:", new Map(), stored)).write("hone-theme", "dark");
  const kept = createKept(placeAt("file:", new Map(), stored));
  expect(kept.read("hone-theme")).toBe("dark");
  kept.write("hone-theme", null);
  expect(stored.size).toBe(0);
  const strict = createKept(placeAt("file:", new Map(), null));
  strict.write("hone-theme", "dark");
  expect(strict.read("hone-theme")).toBe(null);
});
