import { expect, test } from "vitest";
import { placeLabels } from "./label_places";

test("names stand right of their lines where there is room", () => {
  expect(placeLabels([10, 200], [50, 50], 400, 1)).toEqual([
    { x: 14, row: 0 },
    { x: 204, row: 0 },
  ]);
});

test("at the edge, and where the one before is in the way, they stand left or in the next row", () => {
  expect(placeLabels([380], [50], 400, 1)).toEqual([{ x: 326, row: 0 }]);
  expect(placeLabels([10, 30], [50, 50], 400, 2)).toEqual([
    { x: 14, row: 0 },
    { x: 34, row: 1 },
  ]);
});

test("a name without room anywhere is left out", () => {
  expect(placeLabels([10, 20], [50, 50], 400, 1)).toEqual([{ x: 14, row: 0 }, null]);
  expect(placeLabels([30], [500], 400, 2)).toEqual([null]);
});
