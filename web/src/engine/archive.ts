// What a report file carries: the answers of the API to the questions that its pages ask first, and
// enough beside to answer the next ones here (report_transport.ts).
//
//   u32 magic "HNA1" · u32 bytes of the JSON · the JSON · the bodies, one after the other
//
// The JSON is {"entries": [{"q", "offset", "bytes"}], "cut": [...]}: `q` is a question as
// client.ts spells it, without the recording; offsets are from behind the JSON.

const magic = 0x31414e48;
const headBytes = 8;

interface Entry {
  readonly q: string;
  readonly offset: number;
  readonly bytes: number;
}

export class Archive {
  readonly #bodies: ReadonlyMap<string, ArrayBuffer>;

  constructor(buffer: ArrayBuffer) {
    const head = new DataView(buffer);
    if (buffer.byteLength < headBytes || head.getUint32(0, true) !== magic) {
      throw new Error("the report's data is cut");
    }
    const jsonBytes = head.getUint32(4, true);
    const start = headBytes + jsonBytes;
    const text = new TextDecoder().decode(new Uint8Array(buffer, headBytes, jsonBytes));
    const { entries } = JSON.parse(text) as { entries: readonly Entry[] };
    // Copies, so that columns begin at a multiple of eight.
    this.#bodies = new Map(
      entries.map(({ q, offset, bytes }) => [
        q,
        buffer.slice(start + offset, start + offset + bytes),
      ]),
    );
  }

  find(question: string): ArrayBuffer | undefined {
    return this.#bodies.get(question);
  }

  // Questions of a path: "tiles".
  questions(path: string): readonly string[] {
    return [...this.#bodies.keys()].filter((q) => q === path || q.startsWith(`${path}?`));
  }
}

// From the text of the report: base64 of gzip.
export async function archiveOf(text: string): Promise<Archive> {
  const packed = Uint8Array.from(atob(text.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Archive(await new Response(stream).arrayBuffer());
}
