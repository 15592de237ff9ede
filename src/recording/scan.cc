#include "recording/scan.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <thread>
#include <unordered_set>

#include "base/bytes.h"
#include "recording/chunk.h"
#include "recording/errors.h"
#include "recording/side_by_side.h"

namespace hone::recording {
namespace {

constexpr size_t kWindowBytes = 1u << 20;
// Payloads behind sound headers that turn out damaged are hashed at most this often over, measured
// in file sizes: a file made of headers alone cannot make opening quadratic.
constexpr uint64_t kRehashFactor = 8;
// Below this many bytes a second thread costs more than it helps.
constexpr uint64_t kBytesWorthThreads = 4u << 20;
constexpr unsigned kThreadsMax = 16;  // then memory is what is waited for

class Scanner {
 public:
  Scanner(const Source& source, ScanResult& out)
      : source_(source), out_(out), rehash_left_(kRehashFactor * source.size()) {}

  Result<void> run(bool header_is_sound);

 private:
  enum class Found : uint8_t { kChunk, kDamaged, kCut, kNothing };

  Result<bool> find_whole();
  Result<void> find_past_damage(bool header_is_sound);
  Result<Found> look_at(uint64_t offset, FoundChunk& chunk);
  Result<uint64_t> next_magic(uint64_t from);
  Result<bool> accept_end(uint64_t offset);
  void note_damage(uint64_t begin, uint64_t end, bool whole_chunk_lost);

  const Source& source_;
  ScanResult& out_;
  uint64_t rehash_left_;
  uint64_t skip_to_ = 0;  // past a damaged payload that may not be hashed again
  std::vector<uint8_t> buffer_;
  std::vector<FoundChunk> chunks_;
  std::optional<EndMark> end_;

  Result<std::vector<uint8_t>> payload_of(const FoundChunk& chunk, bool& sound);
  Result<void> read_schema();
  void check_order();
  Result<void> check_index();
};

void Scanner::note_damage(uint64_t begin, uint64_t end, bool whole_chunk_lost) {
  Salvage& salvage = out_.salvage;
  salvage.bytes_unreadable += end - begin;
  if (!whole_chunk_lost) return;
  if (salvage.chunks_damaged == 0 || begin < salvage.first_damage_offset) {
    salvage.first_damage_offset = begin;
  }
  ++salvage.chunks_damaged;
}

Result<Scanner::Found> Scanner::look_at(uint64_t offset, FoundChunk& chunk) {
  HONE_TRY_ASSIGN(const auto head, source_.read(offset, sizeof(ChunkHeader), buffer_));
  if (head.size() < sizeof(ChunkHeader)) return Found::kNothing;
  std::memcpy(&chunk.header, head.data(), sizeof(ChunkHeader));
  chunk.offset = offset;
  if (!is_sound(chunk.header)) return Found::kNothing;
  const uint32_t bytes = chunk.header.stored_bytes;
  if (source_.size() - offset - sizeof(ChunkHeader) < bytes) return Found::kCut;
  HONE_TRY_ASSIGN(const auto payload, source_.read(offset + sizeof(ChunkHeader), bytes, buffer_));
  if (payload.size() < bytes) return Found::kCut;
  if (checksum(payload) == chunk.header.payload_checksum) return Found::kChunk;
  if (rehash_left_ < bytes) skip_to_ = offset + sizeof(ChunkHeader) + bytes;
  rehash_left_ -= std::min<uint64_t>(rehash_left_, bytes);
  return Found::kDamaged;
}

// Where the next chunk may begin, at `from` or later; the file's size when nowhere.
Result<uint64_t> Scanner::next_magic(uint64_t from) {
  uint8_t magic[sizeof(kChunkMagic)];
  std::memcpy(magic, &kChunkMagic, sizeof(magic));
  std::vector<uint8_t> window;
  while (from < source_.size()) {
    HONE_TRY_ASSIGN(const auto bytes, source_.read(from, kWindowBytes, window));
    const auto at = std::search(bytes.begin(), bytes.end(), std::begin(magic), std::end(magic));
    if (at != bytes.end()) return from + static_cast<uint64_t>(at - bytes.begin());
    if (bytes.size() < kWindowBytes) break;
    from += bytes.size() - (sizeof(magic) - 1);
  }
  return source_.size();
}

Result<bool> Scanner::accept_end(uint64_t offset) {
  HONE_TRY_ASSIGN(const auto bytes, source_.read(offset, sizeof(EndMark), buffer_));
  if (bytes.size() < sizeof(EndMark)) return false;
  EndMark mark;
  std::memcpy(&mark, bytes.data(), sizeof(mark));
  if (!is_sound(mark)) return false;
  end_ = mark;
  return true;
}

// Nearly every file is whole: then headers lead from one to the next, and payloads can be hashed
// side by side. False, with nothing kept, where anything is amiss.
Result<bool> Scanner::find_whole() {
  uint64_t at = sizeof(FileHeader);
  while (at < source_.size()) {
    FoundChunk chunk{.offset = at};
    HONE_TRY_ASSIGN(const auto head, source_.read(at, sizeof(ChunkHeader), buffer_));
    if (head.size() < sizeof(ChunkHeader)) break;
    std::memcpy(&chunk.header, head.data(), sizeof(ChunkHeader));
    if (!is_sound(chunk.header)) break;
    at += sizeof(ChunkHeader) + chunk.header.stored_bytes;
    chunks_.push_back(chunk);
  }
  HONE_TRY_ASSIGN(const bool ended, accept_end(at));
  std::atomic<bool> is_whole = ended && at + sizeof(EndMark) == source_.size();
  const unsigned threads = source_.size() < kBytesWorthThreads
                               ? 1
                               : std::clamp(std::thread::hardware_concurrency(), 1u, kThreadsMax);
  std::vector<std::vector<uint8_t>> buffers(threads);
  const auto check = [&](size_t i, unsigned worker) -> Result<void> {
    if (!is_whole) return {};
    const FoundChunk& chunk = chunks_[i];
    HONE_TRY_ASSIGN(const auto payload, source_.read(chunk.offset + sizeof(ChunkHeader),
                                                     chunk.header.stored_bytes, buffers[worker]));
    if (payload.size() != chunk.header.stored_bytes ||
        checksum(payload) != chunk.header.payload_checksum) {
      is_whole = false;
    }
    return {};
  };
  HONE_TRY(side_by_side(chunks_.size(), threads, check));
  if (is_whole) return true;
  chunks_.clear();
  end_.reset();
  return false;
}

Result<void> Scanner::find_past_damage(bool header_is_sound) {
  if (!header_is_sound)
    note_damage(0, std::min<uint64_t>(sizeof(FileHeader), source_.size()), true);
  uint64_t at = std::min<uint64_t>(sizeof(FileHeader), source_.size());
  while (at < source_.size()) {
    FoundChunk chunk;
    HONE_TRY_ASSIGN(const Found found, look_at(at, chunk));
    if (found == Found::kChunk) {
      chunks_.push_back(chunk);
      at += sizeof(ChunkHeader) + chunk.header.stored_bytes;
      continue;
    }
    HONE_TRY_ASSIGN(const bool ended, accept_end(at));
    if (ended) {
      at += sizeof(EndMark);
      if (at < source_.size()) note_damage(at, source_.size(), false);
      break;
    }
    // Damage up to the next magic that begins a whole chunk.
    const uint64_t begin = at;
    bool resumed = false;
    at = std::max(at + 1, skip_to_);
    while (!resumed) {
      HONE_TRY_ASSIGN(at, next_magic(at));
      if (at >= source_.size()) break;
      FoundChunk next;
      HONE_TRY_ASSIGN(const Found later, look_at(at, next));
      resumed = later == Found::kChunk;
      if (!resumed) at = std::max(at + 1, skip_to_);
    }
    // At the end of the file it is a cut, unless the chunk was all there.
    note_damage(begin, std::min(at, source_.size()), resumed || found == Found::kDamaged);
  }
  return {};
}

Result<void> Scanner::run(bool header_is_sound) {
  bool is_whole = false;
  if (header_is_sound) {
    HONE_TRY_ASSIGN(is_whole, find_whole());
  }
  if (!is_whole) HONE_TRY(find_past_damage(header_is_sound));
  out_.salvage.finished = end_.has_value();
  HONE_TRY(read_schema());
  HONE_TRY(check_index());
  check_order();
  return {};
}

Result<std::vector<uint8_t>> Scanner::payload_of(const FoundChunk& chunk, bool& sound) {
  HONE_TRY_ASSIGN(const auto stored, source_.read(chunk.offset + sizeof(ChunkHeader),
                                                  chunk.header.stored_bytes, buffer_));
  std::vector<uint8_t> unpacked;
  std::span<const uint8_t> payload;
  sound = stored.size() == chunk.header.stored_bytes &&
          unpack_payload(chunk.header, stored, unpacked, payload);
  return std::vector<uint8_t>(payload.begin(), payload.end());
}

// The file's own schema; where its chunk is lost, this version's: chunks that were written with
// another are then told by their fingerprint, and left out.
Result<void> Scanner::read_schema() {
  for (const FoundChunk& chunk : chunks_) {
    if (chunk.header.kind != ChunkKind::kSchema) continue;
    bool sound = false;
    HONE_TRY_ASSIGN(const std::vector<uint8_t> payload, payload_of(chunk, sound));
    if (sound) {
      if (auto schema = parse_schema(payload)) {
        out_.schema = std::move(*schema);
        return {};
      }
    }
    note_damage(chunk.offset, chunk.offset + sizeof(ChunkHeader) + chunk.header.stored_bytes, true);
  }
  HONE_TRY_ASSIGN(out_.schema, parse_schema(own_schema_payload()));
  return {};
}

// Keeps the chunks of rows that fit the schema and come in order; counts gaps between them.
void Scanner::check_order() {
  std::vector<uint64_t> rows(out_.schema.tables.size(), 0);
  for (const FoundChunk& chunk : chunks_) {
    const ChunkHeader& header = chunk.header;
    if (header.kind != ChunkKind::kRows) continue;
    const uint64_t end = chunk.offset + sizeof(ChunkHeader) + header.stored_bytes;
    const bool known = header.table >= 1 && header.table <= rows.size() &&
                       header.schema == out_.schema.fingerprint;
    uint64_t row_limit = uint64_t{1} << 40;
    if (known && out_.schema.tables[header.table - 1u].kind == TableKind::kIds) {
      row_limit = uint64_t{1} << 32;
    }
    if (!known || header.first_row < rows[header.table - 1u] ||
        header.first_row > row_limit - header.row_count) {
      note_damage(chunk.offset, end, true);
      continue;
    }
    uint64_t& next = rows[header.table - 1u];
    // Rows are missing: their chunk was counted when its bytes were seen, but bytes can also be
    // gone without a trace.
    if (header.first_row > next && out_.salvage.chunks_damaged == 0) {
      note_damage(chunk.offset, chunk.offset, true);
    }
    next = header.first_row + header.row_count;
    out_.rows.push_back(chunk);
  }
}

// What the index tells of and is not there is damage too: a chunk whose bytes are gone whole.
Result<void> Scanner::check_index() {
  if (!end_ || chunks_.empty() || chunks_.back().header.kind != ChunkKind::kIndex) {
    if (end_ && end_->index_offset != 0) note_damage(source_.size(), source_.size(), true);
    return {};
  }
  bool sound = false;
  HONE_TRY_ASSIGN(const std::vector<uint8_t> payload, payload_of(chunks_.back(), sound));
  std::unordered_set<uint64_t> there;
  for (const FoundChunk& chunk : chunks_) there.insert(chunk.header.header_checksum);
  base::ByteReader in(payload.data(), payload.size());
  uint64_t listed = 0;
  uint64_t missing = 0;
  while (sound && in.ok() && !in.at_end()) {
    in.uleb();  // the offset: of use to readers that go straight to a chunk
    if (!there.contains(in.uleb())) ++missing;
    ++listed;
  }
  const bool contradictory = !sound || !in.ok() || listed != end_->chunk_count ||
                             listed != chunks_.size() - 1 + missing ||
                             end_->index_offset != chunks_.back().offset;
  // Missing chunks were counted when their bytes were seen; here only what left no trace.
  if ((contradictory || missing > 0) && out_.salvage.chunks_damaged == 0) {
    note_damage(chunks_.back().offset, chunks_.back().offset, true);
  }
  return {};
}

}  // namespace

namespace {

Result<FileHeader> head_of(const Source& source) {
  std::vector<uint8_t> buffer;
  HONE_TRY_ASSIGN(const auto head, source.read(0, sizeof(FileHeader), buffer));
  FileHeader header{};
  std::copy(head.begin(), head.end(), reinterpret_cast<uint8_t*>(&header));
  // A recording that was cut inside its first bytes is still one.
  const bool has_magic = head.size() >= sizeof(kFileMagic) && header.magic == kFileMagic;
  if (!has_magic) return tl::unexpected(not_a_recording(source.name()));
  if (header.major > kMajorVersion) {
    return tl::unexpected(newer_version(source.name(), writer_of(header), header.major));
  }
  return header;
}

}  // namespace

Result<void> check_head(const Source& source) {
  HONE_TRY(head_of(source));
  return {};
}

Result<ScanResult> scan(const Source& source) {
  HONE_TRY_ASSIGN(const FileHeader header, head_of(source));
  ScanResult result;
  const bool sound = is_sound(header) && header.major == kMajorVersion;
  if (sound && header.minor > kMinorVersion) result.salvage.version_newer = header.minor;
  Scanner scanner(source, result);
  HONE_TRY(scanner.run(sound));
  return result;
}

}  // namespace hone::recording
