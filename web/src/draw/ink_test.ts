import { expect, test } from "vitest";
import { spanColorOf } from "../base/palette";
import { shades, shadeOf } from "./fills";
import { contrast, mixed, rgbOf, textOn } from "./ink";

test("colours are read as style sheets and browsers write them", () => {
  expect(rgbOf("#1020ff")).toEqual({ r: 16, g: 32, b: 255 });
  expect(rgbOf("rgb(1, 2, 3)")).toEqual({ r: 1, g: 2, b: 3 });
  expect(mixed("#000000", "#ffffff", 0.25)).toBe("rgb(191, 191, 191)");
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
});

test("what is written on a bar can be read, in every shade of every colour", () => {
  for (const [theme, ground] of [
    ["light", "#ffffff"],
    ["dark", "#171b20"],
  ] as const) {
    for (let i = 0; i < 400; i += 1) {
      const color = spanColorOf(`name ${i}`, theme);
      // The last shade is for what a search leaves aside.
      for (const share of shades.slice(0, -1)) {
        const fill = mixed(color, ground, share);
        expect(contrast(textOn(fill), fill), `${theme} ${color} ${share}`).toBeGreaterThanOrEqual(
          4.5,
        );
      }
    }
  }
});

test("the busier, the fuller", () => {
  expect([255, 192, 150, 100, 10, 0].map(shadeOf)).toEqual([0, 0, 1, 2, 3, 3]);
});
