// Screenshots as PNG with a palette: a third of the bytes, and of an interface nobody sees it.

import { deflateSync, inflateSync } from "node:zlib";

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const paletteMost = 256;

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array; // red, green, blue
}

function crcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, i) => {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
}
const crcs = crcTable();

function crc(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = (crcs[(c ^ byte) & 255] ?? 0) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc(body));
  return Buffer.concat([length, body, sum]);
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

// What Chromium writes: 8 bits a channel, with or without alpha, not interlaced.
export function decode(file: Buffer): Picture {
  let [width, height, channels] = [0, 0, 3];
  const parts: Buffer[] = [];
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    const type = file.toString("latin1", at + 4, at + 8);
    const data = file.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") {
      [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
      if (data[8] !== 8 || (data[9] !== 2 && data[9] !== 6) || data[12] !== 0) {
        throw new Error("a PNG of another kind");
      }
      channels = data[9] === 6 ? 4 : 3;
    } else if (type === "IDAT") parts.push(data);
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const rows = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x++) {
      const to = y * stride + x;
      const left = x >= channels ? (rows[to - channels] ?? 0) : 0;
      const up = y > 0 ? (rows[to - stride] ?? 0) : 0;
      const corner = x >= channels && y > 0 ? (rows[to - stride - channels] ?? 0) : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      rows[to] = (raw[y * (stride + 1) + 1 + x] ?? 0) + guess;
    }
  }
  if (channels === 3) return { width, height, pixels: rows };
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) pixels.set(rows.subarray(i * 4, i * 4 + 3), i * 3);
  return { width, height, pixels };
}

// The colours that stand for all: those met most, grounds and letters, as they are; of the others
// those that differ from all before.
const keptAsTheyAre = 128;

function paletteOf(counts: ReadonlyMap<number, number>): readonly number[] {
  const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([color]) => color);
  if (byCount.length <= paletteMost) return byCount;
  for (let least = 4; ; least += 2) {
    const out: number[] = [];
    for (const color of byCount) {
      if (out.length > paletteMost) break;
      const isKept = out.length < keptAsTheyAre;
      if (isKept || out.every((one) => distance(one, color) >= least * least)) out.push(color);
    }
    if (out.length <= paletteMost) return out;
  }
}

function distance(a: number, b: number): number {
  const [red, green, blue] = [16, 8, 0].map((bits) => ((a >> bits) & 255) - ((b >> bits) & 255));
  return (red ?? 0) ** 2 + (green ?? 0) ** 2 + (blue ?? 0) ** 2;
}

export function withPalette(file: Buffer): Buffer {
  const { width, height, pixels } = decode(file);
  const colors = new Uint32Array(width * height);
  const counts = new Map<number, number>();
  for (let i = 0; i < colors.length; i++) {
    const at = i * 3;
    const color = ((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0);
    colors[i] = color;
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const palette = paletteOf(counts);
  const nearest = new Map<number, number>();
  for (const color of counts.keys()) {
    let best = 0;
    for (let i = 1; i < palette.length; i++) {
      if (distance(palette[i] ?? 0, color) < distance(palette[best] ?? 0, color)) best = i;
    }
    nearest.set(color, best);
  }
  const rows = new Uint8Array(height * (width + 1)); // each begins with its filter: none
  for (let i = 0; i < colors.length; i++) {
    rows[Math.floor(i / width) * (width + 1) + 1 + (i % width)] = nearest.get(colors[i] ?? 0) ?? 0;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const table = palette.flatMap((color) => [(color >> 16) & 255, (color >> 8) & 255, color & 255]);
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("PLTE", Uint8Array.from(table)),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
}
