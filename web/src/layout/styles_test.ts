import { expect, test } from "vitest";
import { colorOf, spanColorOf } from "../base/palette";
import { Styles } from "./styles";

function colors(module: string, kind: "samples" | "spans"): string {
  const styles = new Styles("light");
  const fill = styles.fills[styles.of(kind, "run", module, 0, false)];
  return fill?.kind === "color" ? fill.color : "";
}

test("a function has the colour that it has on the other pages, by its module", () => {
  expect(colors("/lib/libc.so.6", "samples")).toBe(colorOf("/lib/libc.so.6", "run", "light"));
  expect(colors("app", "samples")).toBe(colorOf("app", "run", "light"));
  expect(colors("app", "samples")).not.toBe(colors("/lib/libc.so.6", "samples"));
});

test("a span has that of its name", () => {
  expect(colors("", "spans")).toBe(spanColorOf("run", "light"));
});
