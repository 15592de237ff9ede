import { expect, test } from "vitest";
import { costText, valueText } from "./format";

test("numbers without a unit of time or bytes have three digits, zeros too", () => {
  expect(valueText(1.297, "")).toBe("1.30");
  expect(valueText(1.284, "")).toBe("1.28");
  expect(valueText(12.04, "CPUs")).toBe("12.0 CPUs");
  expect(valueText(0.9991, "")).toBe("0.999");
  expect(valueText(0.0456, "")).toBe("0.0456");
  expect(valueText(1234.5, "")).toBe("1,230");
  expect(valueText(24528, "rows")).toBe("24,528 rows");
});

test("rates below ten keep their digits: one in four seconds is not none", () => {
  expect(valueText(0.242, "/s")).toBe("0.242/s");
  expect(valueText(0, "/s")).toBe("0/s");
  expect(valueText(191.4, "/s")).toBe("191/s");
});

test("what measuring cost is a share of the program's time while that says something", () => {
  expect(costText(0.026, 28e6)).toBe("2.6%");
  expect(costText(1.25, 395e6)).toBe("395 ms");
});
