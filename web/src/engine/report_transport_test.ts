import { describe, expect, test } from "vitest";
import { Archive } from "./archive";
import { decodeColumns } from "./columns";
import { encodeColumns } from "./encode_columns";
import { reportTransport } from "./report_transport";

function archive(entries: Readonly<Record<string, ArrayBuffer | object>>): Archive {
  const bodies = Object.values(entries).map((body) =>
    body instanceof ArrayBuffer
      ? body
      : (new TextEncoder().encode(JSON.stringify(body)).buffer as ArrayBuffer),
  );
  let offset = 0;
  const said = Object.keys(entries).map((q, i) => {
    const bytes = bodies[i]?.byteLength ?? 0;
    const entry = { q, offset, bytes };
    offset += bytes;
    return entry;
  });
  const json = new TextEncoder().encode(JSON.stringify({ entries: said }));
  const out = new Uint8Array(8 + json.byteLength + offset);
  new DataView(out.buffer).setUint32(0, 0x31414e48, true);
  new DataView(out.buffer).setUint32(4, json.byteLength, true);
  out.set(json, 8);
  let at = 8 + json.byteLength;
  for (const body of bodies) {
    out.set(new Uint8Array(body), at);
    at += body.byteLength;
  }
  return new Archive(out.buffer);
}

const signal = new AbortController().signal;

async function json(from: Archive, target: string): Promise<unknown> {
  const reply = await reportTransport(from, "app.hone").get(target, signal);
  return JSON.parse(new TextDecoder().decode(reply.body));
}

const rows = [
  { name: "parse", module: "app", kind: "user", self: 5 },
  { name: "read", module: "libc.so.6", kind: "system", self: 3 },
  { name: "sort", module: "app", kind: "user", self: 9 },
];

describe("a report", () => {
  test("answers what it holds, whatever the recording is called", async () => {
    const held = archive({ overview: { a: 1 }, "source?key=0f&weight=cpu": { b: 2 } });
    expect(await json(held, "overview?a=app")).toEqual({ a: 1 });
    expect(await json(held, "source?a=app&key=0f&weight=cpu")).toEqual({ b: 2 });
  });

  test("refuses what it does not hold, with the command that answers", async () => {
    const reply = await reportTransport(archive({}), "app.hone").get("overview?t=1-2", signal);
    expect(reply.status).toBe(404);
    expect(new TextDecoder().decode(reply.body)).toContain("hone view app.hone");
  });

  test("joins further weights to a list, and says what it does not know", async () => {
    const weights = { weights: [{ id: "off-cpu", name: "Blocked time" }] };
    const cpu = [
      { key: "1", name: "parse", kind: "user", self: 5, total: 5 },
      { key: "2", name: "read", kind: "user", self: 3, total: 3 },
    ];
    const blocked = { unit: "ns", total: 9, rows: [{ key: "2", self: 2, total: 9 }] };
    const entries = (rowsTotal: number): Record<string, object> => ({
      weights,
      "functions?by=function&limit=1000&weight=cpu": { rows: cpu, unit: "ns" },
      "functions?by=function&limit=1000&weight=off-cpu": { ...blocked, rows_total: rowsTotal },
    });
    const asked =
      "functions?by=function&columns=off-cpu,cycles&limit=200&offset=0&sort=total.off-cpu&weight=cpu";
    const answer = (await json(archive(entries(1)), asked)) as {
      columns: object[];
      rows: { name: string; counters: object }[];
    };
    expect(answer.columns).toEqual([
      { id: "off-cpu", name: "Blocked time", unit: "ns", total: 9, total_b: null },
    ]);
    expect(answer.rows.map(({ name, counters }) => [name, counters])).toEqual([
      ["read", { "off-cpu": { self: 2, total: 9 } }],
      ["parse", { "off-cpu": { self: 0, total: 0 } }],
    ]);
    const cut = (await json(archive(entries(7)), asked)) as typeof answer;
    expect(cut.rows[1]?.counters).toEqual({ "off-cpu": null });
  });

  test("sorts, narrows and pages lists", async () => {
    const held = archive({ "functions?by=function&limit=1000&weight=cpu": { rows, unit: "ns" } });
    const names = async (more: string): Promise<unknown> =>
      (
        (await json(held, `functions?by=function&weight=cpu${more}`)) as {
          rows: { name: string }[];
        }
      ).rows.map(({ name }) => name);
    expect(await names("")).toEqual(["sort", "parse", "read"]);
    expect(await names("&order=asc&sort=self")).toEqual(["read", "parse", "sort"]);
    expect(await names("&sort=name")).toEqual(["parse", "read", "sort"]);
    expect(await names("&filter=LIBC")).toEqual(["read"]);
    expect(await names("&kind=user&limit=1&offset=1")).toEqual(["parse"]);
    expect(await json(held, "functions?limit=1&weight=cpu")).toMatchObject({ rows_total: 3 });
  });

  test("of two tells A, B and both apart", async () => {
    const held = archive({
      recordings: { initial: { a: "one", b: "two" } },
      overview: { of: "a" },
      "overview?a=two": { of: "b" },
      "overview?b=two": { of: "both" },
    });
    expect(await json(held, "overview")).toEqual({ of: "a" });
    expect(await json(held, "overview?a=one")).toEqual({ of: "a" });
    expect(await json(held, "overview?a=two")).toEqual({ of: "b" });
    expect(await json(held, "overview?b=two")).toEqual({ of: "both" });
    expect(await json(held, "overview?a=one&b=two")).toEqual({ of: "both" });
    const swapped = await reportTransport(held, "one two").get("overview?a=two&b=one", signal);
    expect(swapped.status).toBe(404);
  });

  test("sorts two recordings by the larger side, and changes by what is asked for", async () => {
    const compared = [
      { name: "gone", self: 4, b: null, delta_self: -0.4 },
      { name: "grown", self: 1, b: { self: 9 }, delta_self: 0.2 },
      { name: "new", self: 0, b: { self: 5 }, delta_self: 0.3 },
    ];
    const inTotals = compared.map((row) => ({ ...row, delta_self: -10 * row.delta_self }));
    const held = archive({
      recordings: { initial: { a: "one", b: "two" } },
      "functions?b=two&by=function&limit=1000&per=total&weight=cpu": { rows: inTotals },
      "functions?b=two&by=function&limit=1000&weight=cpu": { rows: compared },
    });
    const names = async (more: string): Promise<unknown> =>
      (
        (await json(held, `functions?b=two&by=function&weight=cpu${more}`)) as {
          rows: { name: string }[];
        }
      ).rows.map(({ name }) => name);
    expect(await names("")).toEqual(["grown", "new", "gone"]);
    expect(await names("&sort=delta")).toEqual(["new", "grown", "gone"]);
    expect(await names("&per=share&sort=delta")).toEqual(["new", "grown", "gone"]);
    expect(await names("&per=total&sort=delta")).toEqual(["gone", "grown", "new"]);
  });

  test("has graphs whole, whatever part of them is asked for", async () => {
    const held = archive({ "flame?mode=left&weight=cpu": { c: 3 } });
    expect(await json(held, "flame?a=x&mode=left&pixels=1400&root=aa&weight=cpu")).toEqual({
      c: 3,
    });
  });
});

describe("windows of time of a report", () => {
  // Of two tracks in buckets of 2^10 ns: t has slices 0-1, 1-2 and 6-8, u one that goes on.
  const tiles = encodeColumns(
    [
      {
        name: "slices",
        rows: 4,
        columns: {
          track: Uint16Array.of(0, 0, 0, 1),
          depth: Uint16Array.of(0, 0, 0, 0),
          start: Uint32Array.of(0, 1, 6, 2),
          end: Uint32Array.of(1, 2, 8, 0xffffffff),
          name: Uint32Array.of(1, 2, 1, 2),
          count: Uint32Array.of(1, 1, 1, 5),
          event: Uint32Array.of(7, 8, 9, 10),
          busy: Uint8Array.of(255, 255, 255, 255),
          flags: Uint8Array.of(0, 0, 0, 2),
          color: new Uint32Array(4),
        },
      },
      {
        name: "values",
        rows: 2,
        columns: {
          track: Uint16Array.of(1, 1),
          bucket: Uint32Array.of(0, 1),
          min: Float64Array.of(1, 0),
          max: Float64Array.of(2, 5),
          last: Float64Array.of(2, 3),
          count: Uint32Array.of(1, 1),
        },
      },
    ],
    { names: ["", "x", "y"], modules: ["", "libx.so", ""] },
  );
  const held = archive({ "tiles?count=8&first=0&step=10&tracks=t%2Cu": tiles });

  async function asked(target: string) {
    const reply = await reportTransport(held, "app.hone").get(target, signal);
    return decodeColumns(reply.body);
  }

  test("are folded for a coarser step", async () => {
    const columns = await asked("tiles?a=x&tracks=u,t&step=11&first=0&count=1");
    const slices = columns.table("slices");
    expect([...slices.u16("track")]).toEqual([0, 1, 1]); // in the order that was asked for
    expect([...slices.u32("start")]).toEqual([1, 0, 3]);
    expect([...slices.u32("end")]).toEqual([1024, 1, 4]);
    expect([...slices.u32("count")]).toEqual([5, 2, 1]);
    expect([...slices.u8("flags")]).toEqual([4, 4, 0]);
    expect(columns.json["modules"]).toEqual(["", "libx.so", ""]);
    const values = columns.table("values");
    expect([...values.f64("min"), ...values.f64("max"), ...values.f64("last")]).toEqual([0, 5, 3]);
  });

  test("leave out what lies beside them", async () => {
    const columns = await asked("tiles?tracks=t&step=10&first=1&count=1");
    expect(columns.table("slices").rows).toBe(0);
  });

  test("are refused where they would be finer than the report is", async () => {
    const reply = await reportTransport(held, "app.hone").get(
      "tiles?tracks=t&step=9&first=0",
      signal,
    );
    expect(reply.status).toBe(404);
  });
});
