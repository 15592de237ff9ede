#include "recording/format.h"
#include "recording/schema.h"

namespace hone::recording {
namespace {

std::string_view name_of(ColumnType type) {
  switch (type) {
    case ColumnType::kUnsigned:
      return "unsigned";
    case ColumnType::kSigned:
      return "signed";
    case ColumnType::kFloat:
      return "float";
    case ColumnType::kBytes:
      return "bytes";
  }
  return "";
}

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::kTime:
      return "ns, CLOCK_MONOTONIC";
    case Unit::kDuration:
      return "ns";
    case Unit::kBytes:
      return "bytes";
    case Unit::kCount:
      return "count";
    case Unit::kAddress:
      return "address";
    case Unit::kId:
      return "id";
    case Unit::kEnum:
      return "enum";
    case Unit::kText:
      return "text";
    case Unit::kBlob:
      return "blob";
  }
  return "";
}

constexpr std::string_view kIntroduction = R"(# The recording file

<!-- Generated from src/recording: change it there, then run
     HONE_UPDATE_DOCS=1 hone_recording_test --gtest_filter='Reference.*' -->

A `.hone` file is a header followed by chunks. A chunk holds rows of one table, column by column,
and stands for itself: it says how long it is and carries checksums. Files are only appended to, so
one that was cut anywhere (the recorder was killed, the disk was full) is read up to its last whole
chunk, and a damaged chunk costs its own rows alone. `hone info --verify FILE` checks every chunk.

All numbers are little-endian. *varint* is LEB128: seven bits a byte, the lowest first. *zigzag*
maps 0, -1, 1, -2 to 0, 1, 2, 3. Checksums are XXH3, 64 bits, seed 0.

## Versions

The header has a major and a minor version, and the version of Hone that wrote the file. New tables
and new columns are not a new version: a reader takes tables and columns by their names, skips those
that it does not know, and reads absent columns as zero or empty. A new minor version adds what an
old reader can do without; a new major version is refused by an older reader, which names the Hone
that wrote it. The changes are listed in [format-changes.md](format-changes.md).

## File header

| at | bytes | field |
|---:|---:|---|
| 0 | 8 | `HONEREC` and a zero byte |
| 8 | 2 | major version |
| 10 | 2 | minor version |
| 12 | 4 | bytes of this header: 64 |
| 16 | 32 | version of Hone that wrote it, padded with zero bytes |
| 48 | 8 | reserved, 0 |
| 56 | 8 | checksum of the 56 bytes before |

The first 48 bytes are laid out so in every version.

## Chunk

| at | bytes | field |
|---:|---:|---|
| 0 | 8 | magic: `d8 f1 43 48 4e 4b a7 93` |
| 8 | 1 | kind: 1 schema, 2 rows, 3 index |
| 9 | 1 | flags: 1 the payload is one zstd frame |
| 10 | 2 | table: 1-based place in the file's schema; 0 in other kinds |
| 12 | 4 | rows |
| 16 | 8 | first row: rows of this table before this chunk |
| 24 | 8 | earliest time in the table's first time column, zeros left out; 0 when it has none |
| 32 | 8 | latest time |
| 40 | 4 | bytes of the payload as stored |
| 44 | 4 | bytes of the payload unpacked |
| 48 | 4 | columns |
| 52 | 4 | low half of the checksum of the unpacked schema that it was written with |
| 56 | 8 | checksum of the payload as stored |
| 64 | 8 | checksum of the 64 bytes before |
| 72 | | payload |

Chunks follow each other without gaps. After damage a reader looks for the next magic whose two
checksums hold. Rows of a table of kind *ids* that were lost keep their places, empty, so that ids
stay right; of other tables they are left out.

**Schema** (the first chunk): varint number of tables; of each: kind (1 byte: 1 ids, 2 rows), name
(varint length, bytes), varint number of columns; of each: type (1 byte: 1 unsigned, 2 signed,
3 float, 4 bytes), unit (1 byte: 1 time, 2 duration, 3 bytes, 4 count, 5 address, 6 id, 7 enum,
8 text, 9 blob), name.

**Rows**: each column of the schema in order: tag (1 byte), varint base (of transforms 5 and 6 also
varint scale: what a step of the clock is worth, in 2^-32 ns), varint length, body. The
low four bits of the tag say how the body is laid out, the high four what the numbers were made of.
All arithmetic is on 64 bits and wraps; signed numbers are sign-extended, floats are IEEE 754.

| layout | body |
|---|---|
| 0 constant | one varint: every number |
| 1 varint | a varint each |
| 2 planes | width (1 byte), then the lowest bytes of all numbers, then their second bytes, ... |
| 3 nibbles | two a byte, the first low; behind them, of each 15, a varint of what is more |

| transform | number written |
|---|---|
| 0 none | the value |
| 1 delta | zigzag of the value less the one before; before the first stands the base |
| 2 row distance | the row's own id (first row + place + 1) less the value |
| 3 new or value | 0 when the value is one more than the greatest so far, else the value |
| 4 from greatest | zigzag of the value less the greatest so far |
| 5 scaled | n, where the value is base + n × scale / 2^32, rounded |
| 6 scaled delta | zigzag of the n of this value less that of the one before, at first 0 |

The greatest so far is at first the base. In 3, a value of 0 is written as the greatest so far + 1,
which is free.

A column of bytes is a column of lengths, then varint length and all bytes end to end.

**Index** (before the end mark): for each chunk before it, varint offset and varint header checksum.

## End mark

The last 32 bytes of a finished file: `HONEEND` and a zero byte; offset of the index chunk, or 0
when there is none; number of chunks before it; checksum of these 24 bytes.

## Order

Ids are given in order of first use, from 1, and 0 is "none". A row is written after every row that
it refers to by id, so no cut leaves an id without its row.

## Limits

)";

void put_limits(std::string& out) {
  const auto line = [&](std::string_view what, uint64_t value) {
    out.append("| ").append(what).append(" | ").append(std::to_string(value)).append(" |\n");
  };
  out +=
      "A reader refuses what is over these, whatever a file claims.\n\n| what | at most "
      "|\n|---|---:|\n";
  line("rows of a chunk", kChunkRowsMax);
  line("bytes of a chunk's payload, stored and again unpacked", kChunkBytesMax);
  line("tables", kTablesMax);
  line("columns of a table", kColumnsMax);
  line("bytes of a name in the schema", kNameBytesMax);
  line("bytes of one text or blob (longer ones are cut and counted in `diagnostics`)",
       kValueBytesMax);
  out += "\nA table's columns may take " + std::to_string(kTableBytesFloor) +
         " bytes in memory, eight bytes a number, plus " + std::to_string(kTableBytesRatio) +
         " times the bytes of its chunks.\n";
}

}  // namespace

std::string schema_markdown() {
  std::string out(kIntroduction);
  put_limits(out);
  out += "\n## Tables\n\nIn the order in which they are written.\n";
  for (const TableSpec& table : tables()) {
    out.append("\n### `").append(table.name).append("`\n\n").append(table.doc);
    out += table.kind == TableKind::kIds ? " A row's number, from 1, is its id.\n" : "\n";
    out += "\n| column | type | unit | |\n|---|---|---|---|\n";
    for (const ColumnSpec& column : table.columns) {
      out.append("| `").append(column.name).append("` | ").append(name_of(column.type));
      out.append(" | ").append(name_of(column.unit)).append(" | ").append(column.doc);
      out += " |\n";
    }
  }
  return out;
}

}  // namespace hone::recording
