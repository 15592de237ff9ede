// Opens what may be a recording, decodes all of it and verifies it. Checksums would keep a fuzzer
// out of everything behind them, so the first byte of the input chooses how it is used:
//   0  as it is           1  with the checksums of every chunk put right
//   2  the rest is the payload of one chunk of rows, of the table that the second byte names
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "recording/file_schema.h"
#include "recording/format.h"
#include "recording/reader.h"

namespace {
using namespace hone::recording;

void put_right(std::vector<uint8_t>& file) {
  FileHeader head;
  if (file.size() < sizeof(head)) return;
  std::memcpy(&head, file.data(), sizeof(head));
  if (head.magic == kFileMagic) seal(head);
  std::memcpy(file.data(), &head, sizeof(head));
  size_t at = sizeof(head);
  while (file.size() - at >= sizeof(ChunkHeader)) {
    ChunkHeader chunk;
    std::memcpy(&chunk, file.data() + at, sizeof(chunk));
    const size_t room = file.size() - at - sizeof(chunk);
    if (chunk.magic != kChunkMagic || chunk.stored_bytes > room) {
      ++at;
      continue;
    }
    seal(chunk, std::span(file).subspan(at + sizeof(chunk), chunk.stored_bytes));
    std::memcpy(file.data() + at, &chunk, sizeof(chunk));
    at += sizeof(chunk) + chunk.stored_bytes;
  }
}

void append(std::vector<uint8_t>& file, ChunkHeader chunk, std::span<const uint8_t> payload) {
  chunk.raw_bytes = static_cast<uint32_t>(payload.size());
  seal(chunk, payload);
  const auto* bytes = reinterpret_cast<const uint8_t*>(&chunk);
  file.insert(file.end(), bytes, bytes + sizeof(chunk));
  file.insert(file.end(), payload.begin(), payload.end());
}

// A file of our schema and one chunk, whose payload is the input.
std::vector<uint8_t> around(std::span<const uint8_t> input) {
  FileHeader head{};
  head.major = kMajorVersion;
  seal(head);
  std::vector<uint8_t> file(sizeof(head));
  std::memcpy(file.data(), &head, sizeof(head));
  const std::vector<uint8_t> schema = own_schema_payload();
  ChunkHeader chunk{};
  chunk.kind = ChunkKind::kSchema;
  chunk.schema = schema_fingerprint(schema);
  append(file, chunk, schema);
  if (input.size() < 3) return file;
  const TableSpec& table = tables()[input[0] % tables().size()];
  chunk.kind = ChunkKind::kRows;
  chunk.table = static_cast<uint16_t>(table.table);
  chunk.row_count = input[1];
  chunk.flags = input[2] & kFlagZstd;
  chunk.column_count = static_cast<uint32_t>(table.columns.size());
  append(file, chunk, input.subspan(3));
  return file;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  if (bytes == 0) return 0;
  std::vector<uint8_t> file(data + 1, data + bytes);
  if (data[0] % 3 == 1) put_right(file);
  if (data[0] % 3 == 2) file = around({data + 1, bytes - 1});
  const auto reader = Reader::open_bytes(std::move(file));
  if (!reader) return 0;
  for (const TableSpec& table : tables()) {
    // Larger ones are legal, and slow.
    if (reader->row_count(table.table) > 100'000) continue;
    const auto columns = reader->columns(table.table);
    if (!columns) continue;
    uint64_t sum = 0;
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i].type != ColumnType::kBytes) continue;
      for (size_t row = 0; row < columns->row_count; ++row) {
        for (const char c : columns->columns[i].text(row)) sum += static_cast<uint8_t>(c);
      }
    }
    if (sum == ~uint64_t{0}) __builtin_trap();  // keeps the loop
  }
  for (const Table table : {Table::kStacks, Table::kSamples}) {
    if (reader->row_count(table) > 100'000) continue;
    const auto columns = reader->columns(table);
    uint64_t row_count = 0;
    bool same = true;
    const auto done = reader->for_each_chunk(table, 1, [&](const ChunkRows& rows) {
      row_count += rows.row_count;
      if (!columns) return;
      for (size_t c = 0; c < rows.columns.size(); ++c) {
        const auto at = columns->columns[c].numbers.begin() + static_cast<int64_t>(rows.first_row);
        same = same && std::equal(rows.columns[c].begin(), rows.columns[c].end(), at);
      }
    });
    if (done.has_value() != columns.has_value() || !same) __builtin_trap();
    if (done && row_count != columns->row_count) __builtin_trap();
  }
  (void)reader->verify();
  return 0;
}
