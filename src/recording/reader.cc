#include "recording/reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "recording/chunk.h"
#include "recording/errors.h"
#include "recording/scan.h"
#include "recording/side_by_side.h"

namespace hone::recording {
namespace {

constexpr size_t kTableCount = static_cast<size_t>(Table::kCount);
constexpr unsigned kThreadsMax = 64;
// Below this many rows a second thread costs more than it helps.
constexpr uint64_t kRowsWorthThreads = 100'000;

// The buffers of one thread that reads chunks.
struct Scratch {
  std::vector<uint8_t> stored;
  std::vector<uint8_t> unpacked;
  std::vector<std::vector<uint64_t>> numbers;
};

// The chunk's payload, its checksums held once more: a file may change while it is open.
Result<std::span<const uint8_t>> load_stored(const Source& source, const FoundChunk& chunk,
                                             Scratch& scratch) {
  const size_t bytes = sizeof(ChunkHeader) + chunk.header.stored_bytes;
  HONE_TRY_ASSIGN(const auto all, source.read(chunk.offset, bytes, scratch.stored));
  if (all.size() != bytes || std::memcmp(all.data(), &chunk.header, sizeof(ChunkHeader)) != 0 ||
      checksum(all.subspan(sizeof(ChunkHeader))) != chunk.header.payload_checksum) {
    return tl::unexpected(damaged(source.name(), "a chunk's checksum is wrong", chunk.offset));
  }
  return all.subspan(sizeof(ChunkHeader));
}

// Unpacked.
Result<std::span<const uint8_t>> load(const Source& source, const FoundChunk& chunk,
                                      Scratch& scratch) {
  HONE_TRY_ASSIGN(const auto stored, load_stored(source, chunk, scratch));
  std::span<const uint8_t> payload;
  if (!unpack_payload(chunk.header, stored, scratch.unpacked, payload)) {
    return tl::unexpected(damaged(source.name(), "a chunk cannot be unpacked", chunk.offset));
  }
  return payload;
}

// The chunks of one table on their way into Columns. Rows of different chunks go to different
// places, so that threads need not meet; texts are put together at the end.
struct Plan {
  const FileTable* table = nullptr;
  const TableSpec* spec = nullptr;
  struct Part {
    const FoundChunk* chunk;
    uint64_t row;  // of the first, in Columns
    std::vector<std::vector<char>> heaps;
  };
  std::vector<Part> parts;
  uint64_t row_count = 0;
  uint64_t stored_bytes = 0;
};

Result<void> decode_part(const Source& source, const Plan& plan, Plan::Part& part, Columns& out,
                         Scratch& scratch) {
  HONE_TRY_ASSIGN(const auto payload, load(source, *part.chunk, scratch));
  part.heaps.resize(out.columns.size());
  std::vector<ColumnTarget> targets(out.columns.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    targets[i] = {std::span(out.columns[i].numbers)
                      .subspan(static_cast<size_t>(part.row), part.chunk->header.row_count),
                  &part.heaps[i]};
  }
  if (!read_rows(*plan.table, part.chunk->header, payload, targets)) {
    return tl::unexpected(damaged(source.name(), "a chunk contradicts itself", part.chunk->offset));
  }
  return {};
}

// Offsets of each part become offsets of the column; rows between parts (of a chunk that was lost)
// are empty.
void join_texts(Plan& plan, Columns& out) {
  for (size_t i = 0; i < out.columns.size(); ++i) {
    if (plan.spec->columns[i].type != ColumnType::kBytes) continue;
    Column& column = out.columns[i];
    size_t bytes = 0;
    for (const Plan::Part& part : plan.parts) bytes += part.heaps[i].size();
    column.heap.reserve(bytes);
    uint64_t row = 0;
    for (Plan::Part& part : plan.parts) {
      const uint64_t base = column.heap.size();
      for (; row < part.row; ++row) column.numbers[row] = base;
      for (const uint64_t end = row + part.chunk->header.row_count; row < end; ++row) {
        column.numbers[row] += base;
      }
      column.heap.insert(column.heap.end(), part.heaps[i].begin(), part.heaps[i].end());
      part.heaps[i] = {};
    }
  }
}

// The rows of a table in pieces: its chunks, and what is missing between them.
struct Stretch {
  const FoundChunk* chunk;  // null: the rows are lost
  uint64_t row;             // the first, in the table
  uint32_t row_count;
};

std::vector<Stretch> stretches_of(const Plan& plan) {
  std::vector<Stretch> out;
  uint64_t row = 0;
  for (const Plan::Part& part : plan.parts) {
    while (row < part.row) {
      const auto lost = static_cast<uint32_t>(std::min<uint64_t>(part.row - row, kChunkRowsMax));
      out.push_back({nullptr, row, lost});
      row += lost;
    }
    out.push_back({part.chunk, row, part.chunk->header.row_count});
    row += part.chunk->header.row_count;
  }
  return out;
}

unsigned threads_for(uint64_t row_count, unsigned threads) {
  return row_count < kRowsWorthThreads ? 1 : std::clamp(threads, 1u, kThreadsMax);
}

}  // namespace

struct Reader::State {
  Source source;
  ScanResult scanned;
  std::vector<ChunkFacts> facts;
  std::array<Plan, kTableCount> plans;

  void make_plans();
};

void Reader::State::make_plans() {
  for (size_t i = 1; i < kTableCount; ++i) {
    plans[i].spec = &tables()[i - 1];
    plans[i].table = scanned.schema.find(Table{static_cast<uint16_t>(i)});
  }
  for (const FoundChunk& chunk : scanned.rows) {
    const ChunkHeader& header = chunk.header;
    const FileTable& table = scanned.schema.tables[header.table - 1u];
    facts.push_back({.table = table.ours,
                     .table_name = table.name,
                     .offset = chunk.offset,
                     .bytes = sizeof(ChunkHeader) + header.stored_bytes,
                     .first_row = header.first_row,
                     .row_count = header.row_count,
                     .time_first = TimeNs{header.time_first},
                     .time_last = TimeNs{header.time_last}});
    if (table.ours == Table::kInvalid) continue;
    Plan& plan = plans[static_cast<size_t>(table.ours)];
    // An id is a row's place, so lost rows of such a table keep theirs, empty.
    if (table.kind == TableKind::kIds) plan.row_count = header.first_row;
    plan.parts.push_back({&chunk, plan.row_count, {}});
    plan.row_count += header.row_count;
    plan.stored_bytes += sizeof(ChunkHeader) + header.stored_bytes;
  }
}

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader> Reader::open(const std::string& path) {
  auto state = std::make_unique<State>();
  HONE_TRY_ASSIGN(state->source, Source::open(path));
  HONE_TRY_ASSIGN(state->scanned, scan(state->source));
  state->make_plans();
  return Reader(std::move(state));
}

Result<void> Reader::look_at(const std::string& path) {
  HONE_TRY_ASSIGN(const Source source, Source::open(path));
  return check_head(source);
}

Result<Reader> Reader::open_bytes(std::vector<uint8_t> bytes) {
  auto state = std::make_unique<State>();
  state->source = Source::of_bytes(std::move(bytes));
  HONE_TRY_ASSIGN(state->scanned, scan(state->source));
  state->make_plans();
  return Reader(std::move(state));
}

const std::vector<ChunkFacts>& Reader::chunks() const {
  return state_->facts;
}
const Salvage& Reader::salvage() const {
  return state_->scanned.salvage;
}
uint64_t Reader::file_bytes() const {
  return state_->source.size();
}
uint64_t Reader::row_count(Table table) const {
  return state_->plans[static_cast<size_t>(table)].row_count;
}

Result<uint64_t> Reader::sound_row_count(Table table) const {
  const Plan& plan = state_->plans[static_cast<size_t>(table)];
  const size_t width = spec_of(table).columns.size();
  const uint64_t limit = kTableBytesFloor + kTableBytesRatio * plan.stored_bytes;
  if (plan.row_count > limit / (sizeof(uint64_t) * width)) {
    return fail(Code::LimitExceeded, state_->source.name() + ": its table " +
                                         std::string(spec_of(table).name) + " claims " +
                                         std::to_string(plan.row_count) +
                                         " rows, more than its size can hold");
  }
  return plan.row_count;
}

Result<Columns> Reader::columns(Table table, unsigned threads) const {
  Columns out;
  HONE_TRY_ASSIGN(out.row_count, sound_row_count(table));
  Plan plan = state_->plans[static_cast<size_t>(table)];
  out.columns.resize(spec_of(table).columns.size());
  for (Column& column : out.columns) column.numbers.resize(static_cast<size_t>(plan.row_count));
  threads = threads_for(plan.row_count, threads);
  std::vector<Scratch> scratch(threads);
  HONE_TRY(side_by_side(plan.parts.size(), threads, [&](size_t i, unsigned worker) {
    return decode_part(state_->source, plan, plan.parts[i], out, scratch[worker]);
  }));
  join_texts(plan, out);
  return out;
}

Result<void> Reader::for_each_chunk(Table table, unsigned threads,
                                    base::FunctionRef<void(const ChunkRows&)> take) const {
  return each_chunk(table, threads, nullptr, take);
}

Result<void> Reader::for_each_chunk(Table table, unsigned threads, Keep keep,
                                    base::FunctionRef<void(const ChunkRows&)> take) const {
  return each_chunk(table, threads, &keep, take);
}

Result<void> Reader::each_chunk(Table table, unsigned threads, const Keep* keep,
                                base::FunctionRef<void(const ChunkRows&)> take) const {
  HONE_TRY(sound_row_count(table));
  const Plan& plan = state_->plans[static_cast<size_t>(table)];
  if (plan.table == nullptr || !is_own_table(*plan.table)) keep = nullptr;
  const std::vector<Stretch> stretches = stretches_of(plan);
  const Source& source = state_->source;
  threads = threads_for(plan.row_count, threads);
  std::vector<Scratch> scratches(threads);
  const auto work = [&](size_t i, unsigned worker) -> Result<void> {
    Scratch& scratch = scratches[worker];
    const Stretch& stretch = stretches[i];
    const FoundChunk* const chunk = stretch.chunk;
    if (keep != nullptr && chunk != nullptr) {
      HONE_TRY_ASSIGN(const auto stored, load_stored(source, *chunk, scratch));
      if ((*keep)(stretch.row, StoredChunk(chunk->header, stored))) return {};
    }
    scratch.numbers.resize(spec_of(table).columns.size());
    std::vector<ColumnTarget> targets;
    for (std::vector<uint64_t>& numbers : scratch.numbers) {
      numbers.assign(stretch.row_count, 0);  // so are columns that the file does not have
      targets.push_back({numbers, nullptr});
    }
    if (chunk != nullptr) {
      HONE_TRY_ASSIGN(const auto payload, load(source, *chunk, scratch));
      if (!read_rows(*plan.table, chunk->header, payload, targets)) {
        return tl::unexpected(damaged(source.name(), "a chunk contradicts itself", chunk->offset));
      }
    }
    take({stretch.row, stretch.row_count, scratch.numbers});
    return {};
  };
  return side_by_side(stretches.size(), threads, work);
}

Result<void> Reader::verify() const {
  const Salvage& salvage = state_->scanned.salvage;
  const std::string& name = state_->source.name();
  if (salvage.chunks_damaged > 0) {
    return tl::unexpected(
        damaged(name, std::to_string(salvage.chunks_damaged) + " chunks are unreadable or missing",
                salvage.first_damage_offset));
  }
  const uint64_t end = file_bytes() - salvage.bytes_unreadable;
  if (!salvage.finished) return tl::unexpected(cut_short(name, end, salvage.bytes_unreadable));
  if (salvage.bytes_unreadable > 0) {
    return tl::unexpected(damaged(name, "there is something behind its end", end));
  }
  Scratch scratch;
  std::vector<uint64_t> numbers;
  for (const FoundChunk& chunk : state_->scanned.rows) {
    HONE_TRY_ASSIGN(const auto payload, load(state_->source, chunk, scratch));
    // Into the same place every time: only whether it can be decoded matters.
    const FileTable& table = state_->scanned.schema.tables[chunk.header.table - 1u];
    numbers.resize(chunk.header.row_count);
    const ColumnTarget target{numbers, nullptr};
    const std::vector<ColumnTarget> targets(kColumnsMax, target);
    if (!read_rows(table, chunk.header, payload, targets)) {
      return tl::unexpected(damaged(name, "a chunk contradicts itself", chunk.offset));
    }
  }
  return {};
}

}  // namespace hone::recording
