#include "recording/chunk.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "recording/stored_chunk.h"

namespace hone::recording {
namespace {

uint32_t own_fingerprint() {
  static const uint32_t fingerprint = schema_fingerprint(own_schema_payload());
  return fingerprint;
}

// Packs `raw` behind room for the header, then writes the header into that room.
void put_chunk(ChunkHeader& header, std::span<const uint8_t> raw, std::span<const size_t> cuts,
               Packer& packer, Effort effort, std::vector<uint8_t>& out) {
  const size_t begin = out.size();
  out.resize(begin + sizeof(ChunkHeader));
  header.raw_bytes = static_cast<uint32_t>(raw.size());
  header.schema = own_fingerprint();
  if (packer.pack(raw, cuts, effort, out)) {
    header.flags = kFlagZstd;
  } else {
    out.insert(out.end(), raw.begin(), raw.end());
  }
  seal(header, std::span(out).subspan(begin + sizeof(ChunkHeader)));
  std::memcpy(out.data() + begin, &header, sizeof(header));
}

// 0 stands for "no time" in a column and does not widen the range.
void set_time_range(ChunkHeader& header, const TableSpec& table,
                    std::span<const PendingColumn> columns) {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (table.columns[i].unit != Unit::kTime) continue;
    int64_t first = std::numeric_limits<int64_t>::max();
    int64_t last = std::numeric_limits<int64_t>::min();
    for (uint64_t value : columns[i].numbers) {
      if (value == 0) continue;
      first = std::min(first, static_cast<int64_t>(value));
      last = std::max(last, static_cast<int64_t>(value));
    }
    if (first > last) first = last = 0;
    header.time_first = first;
    header.time_last = last;
    return;
  }
}

ChunkHeader rows_header(const TableSpec& table, uint32_t rows, uint64_t first_row) {
  ChunkHeader header{};
  header.kind = ChunkKind::kRows;
  header.table = static_cast<uint16_t>(table.table);
  header.row_count = rows;
  header.first_row = first_row;
  header.column_count = static_cast<uint32_t>(table.columns.size());
  return header;
}

bool read_heap(base::ByteReader& in, std::span<uint64_t> lengths, std::vector<char>* heap) {
  const uint64_t bytes = in.uleb();
  const uint8_t* text = in.take(static_cast<size_t>(bytes));
  if (!in.ok()) return false;
  uint64_t end = 0;
  for (uint64_t& length : lengths) {
    if (length > bytes - end) return false;
    length = end += length;
  }
  if (end != bytes) return false;
  if (heap) heap->insert(heap->end(), text, text + bytes);
  return true;
}

}  // namespace

ChunkHeader write_chunk(const TableSpec& table, std::span<PendingColumn> columns,
                        uint64_t first_row, Packer& packer, Effort effort,
                        std::vector<uint8_t>& out) {
  std::vector<uint8_t>& raw = packer.empty_payload();
  std::vector<size_t> cuts;
  for (size_t i = 0; i < columns.size(); ++i) {
    encode_numbers(columns[i].numbers, table.columns[i].unit, first_row, packer, effort,
                   columns[i].encoding, raw);
    if (table.columns[i].type == ColumnType::kBytes) {
      const std::string& heap = columns[i].heap;
      put_uleb(raw, heap.size());
      raw.insert(raw.end(), heap.begin(), heap.end());
    }
    cuts.push_back(raw.size());
  }
  ChunkHeader header =
      rows_header(table, static_cast<uint32_t>(columns[0].numbers.size()), first_row);
  set_time_range(header, table, columns);
  put_chunk(header, raw, cuts, packer, effort, out);
  return header;
}

ChunkHeader write_encoded_chunk(const TableSpec& table, std::span<const EncodedColumn> columns,
                                uint32_t rows, TimeNs time_first, TimeNs time_last,
                                uint64_t first_row, Packer& packer, std::vector<uint8_t>& out) {
  std::vector<uint8_t>& raw = packer.empty_payload();
  std::vector<size_t> cuts;
  for (const EncodedColumn& column : columns) {
    put_encoded(column, raw);
    // Each plane has its own frequencies of bytes, and a table for them is small beside it.
    if (column.layout == Layout::kPlanes) {
      for (unsigned plane = column.body[0]; plane > 0; --plane) {
        cuts.push_back(raw.size() - size_t{plane} * rows);
      }
    }
    cuts.push_back(raw.size());
  }
  ChunkHeader header = rows_header(table, rows, first_row);
  header.time_first = hone::raw(time_first);
  header.time_last = hone::raw(time_last);
  put_chunk(header, raw, cuts, packer, Effort::kFast, out);
  return header;
}

ChunkHeader write_plain_chunk(ChunkKind kind, std::span<const uint8_t> payload, Packer& packer,
                              std::vector<uint8_t>& out) {
  ChunkHeader header{};
  header.kind = kind;
  put_chunk(header, payload, {}, packer, Effort::kSmall, out);
  return header;
}

bool unpack_payload(const ChunkHeader& header, std::span<const uint8_t> stored,
                    std::vector<uint8_t>& buffer, std::span<const uint8_t>& payload) {
  if (!(header.flags & kFlagZstd)) {
    payload = stored;
    return stored.size() == header.raw_bytes;
  }
  buffer.resize(header.raw_bytes);
  payload = buffer;
  return unpack(stored, buffer);
}

bool is_own_table(const FileTable& table) {
  if (table.ours == Table::kInvalid || table.columns.size() != spec_of(table.ours).columns.size()) {
    return false;
  }
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const FileColumn& column = table.columns[i];
    if (column.ours != static_cast<int>(i) || column.type == ColumnType::kBytes) return false;
  }
  return true;
}

bool StoredChunk::open(std::vector<uint8_t>& buffer, std::span<EncodedColumn> columns) const {
  std::span<const uint8_t> payload;
  if (header_.column_count != columns.size() ||
      !unpack_payload(header_, payload_, buffer, payload)) {
    return false;
  }
  base::ByteReader in(payload.data(), payload.size());
  for (EncodedColumn& column : columns) {
    if (!read_column(in, column)) return false;
  }
  return in.at_end();
}

void StoredChunk::keep_in(ChunkStore& store, std::span<const uint8_t> buffer) {
  const bool is_packed = (header_.flags & kFlagZstd) != 0;
  const ChunkStore::Kept kept = store.keep(payload_, is_packed ? buffer : payload_);
  payload_ = kept.bytes;
  if (is_packed && kept.is_unpacked) header_.flags &= static_cast<uint8_t>(~kFlagZstd);
}

bool read_rows(const FileTable& table, const ChunkHeader& header, std::span<const uint8_t> payload,
               std::span<const ColumnTarget> targets) {
  if (header.column_count != table.columns.size()) return false;
  base::ByteReader in(payload.data(), payload.size());
  std::vector<uint64_t> unknown;
  for (const FileColumn& column : table.columns) {
    std::span<uint64_t> numbers;
    std::vector<char>* heap = nullptr;
    if (column.ours >= 0) {
      numbers = targets[static_cast<size_t>(column.ours)].numbers;
      heap = targets[static_cast<size_t>(column.ours)].heap;
    } else {
      unknown.resize(header.row_count);
      numbers = unknown;
    }
    if (!decode_numbers(in, header.first_row, numbers)) return false;
    if (column.type == ColumnType::kBytes && !read_heap(in, numbers, heap)) return false;
  }
  return in.ok() && in.at_end();
}

}  // namespace hone::recording
