import { describe, expect, it } from "vitest";
import { columnsWithin, type Sized } from "./table_columns";

const columns: readonly (Sized & { readonly id: string })[] = [
  { id: "name", width: "minmax(14rem, 3fr)" },
  { id: "file", width: "minmax(9rem, 1fr)", isSpare: true },
  { id: "self", width: "6.5rem" },
  { id: "samples", width: "5.5rem", isSpare: true },
];

describe("columns within a room", () => {
  const ids = (room: number): string[] => columnsWithin(columns, room).map((column) => column.id);
  it("all where they fit", () => {
    expect(ids(35)).toEqual(["name", "file", "self", "samples"]);
  });
  it("without the last spare one, then without the other", () => {
    expect(ids(34.9)).toEqual(["name", "file", "self"]);
    expect(ids(29)).toEqual(["name", "self"]);
  });
  it("never without those that are not spare", () => {
    expect(ids(3)).toEqual(["name", "self"]);
  });
  it("all where a width is no number", () => {
    const some = [...columns, { id: "more", width: "auto" }];
    expect(columnsWithin(some, 3)).toEqual(some);
  });
});
