#include "symbols/jitdump.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "symbols/perf_map.h"

namespace hone::symbols {
namespace {

constexpr uint32_t kMagic = 0x4a695444, kOtherOrder = 0x4454694a;
constexpr uint32_t kVersion = 1;
constexpr uint64_t kTimesAreOfTheProcessor = 1;  // flag: of a counter that only perf can convert
constexpr size_t kHeaderBytes = 40, kRecordBytes = 16;
constexpr uint32_t kLoad = 0, kMove = 1, kLines = 2, kClose = 3;
constexpr uint64_t kPageShift = 12;
constexpr size_t kNameBytesMax = 4096;
constexpr size_t kLinesAheadMax = 4096, kFilesMax = 1 << 16;
// An entry is at least its address, line, column and an empty name.
constexpr size_t kLineEntryBytes = 17, kUnreadBytesMax = 1 << 16;
// V8 puts lines where they will be in the ELF file that `perf inject` makes: behind its header.
constexpr uint64_t kElfHeaderBytes = 0x40;

bool is_code_place(uint64_t start, uint64_t bytes) {
  return bytes > 0 && bytes <= JitDump::kCodeBytesMax && start <= UINT64_MAX - bytes;
}

bool is_plain(std::string_view name) {
  return std::none_of(name.begin(), name.end(), [](char c) { return c > 0 && c < ' '; });
}

bool is_named_by_v8(std::string_view name) {
  for (const std::string_view prefix : {"JS:", "Eval:", "Script:", "Function:", "wasm"}) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

size_t JitDump::take(std::span<const uint8_t> bytes) {
  size_t done = 0;
  if (!has_header_ && state_ == State::kReading && bytes.size() >= kHeaderBytes) {
    take_header(bytes);
    base::ByteReader in(bytes.data() + 8, 4);
    const uint32_t header_bytes = in.u32();
    if (state_ == State::kReading && bytes.size() < header_bytes) {
      has_header_ = false;
      return 0;
    }
    done = header_bytes;
  }
  while (has_header_ && state_ == State::kReading && bytes.size() - done >= kRecordBytes) {
    base::ByteReader in(bytes.data() + done, kRecordBytes);
    const uint32_t id = in.u32(), record_bytes = in.u32();
    const uint64_t time = in.u64();
    if (record_bytes < kRecordBytes || record_bytes > kRecordBytesMax) {
      state_ = State::kRefused;
      problem_ = "a record of impossible length";
      break;
    }
    if (record_bytes > bytes.size() - done) break;
    take_record(id, time, bytes.subspan(done + kRecordBytes, record_bytes - kRecordBytes),
                position_ + done + kRecordBytes);
    done += record_bytes;
  }
  if (state_ != State::kReading) done = bytes.size();
  position_ += done;
  return done;
}

void JitDump::take_header(std::span<const uint8_t> bytes) {
  base::ByteReader in(bytes.data(), kHeaderBytes);
  const uint32_t magic = in.u32(), version = in.u32(), header_bytes = in.u32();
  in.skip(4 + 4 + 4 + 8);  // machine, padding, pid, time
  const uint64_t flags = in.u64();
  state_ = State::kRefused;
  if (magic == kOtherOrder) {
    problem_ = "of a machine of the other byte order";
  } else if (magic != kMagic) {
    problem_ = "no jitdump";
  } else if (version != kVersion) {
    problem_ = "jitdump of version " + std::to_string(version) + ": 1 is known";
  } else if (header_bytes < kHeaderBytes || header_bytes > kNameBytesMax) {
    problem_ = "a header of impossible length";
  } else {
    state_ = State::kReading;
    has_header_ = true;
    has_times_ = (flags & kTimesAreOfTheProcessor) == 0;
  }
}

void JitDump::take_record(uint32_t id, uint64_t time, std::span<const uint8_t> body, uint64_t at) {
  if (!has_times_ || time > INT64_MAX) time = 0;
  bool good = true;
  if (id == kLoad) {
    good = take_load(time, body, at);
  } else if (id == kMove) {
    good = take_move(time, body);
  } else if (id == kLines) {
    good = take_lines(body);
  } else if (id == kClose) {
    state_ = State::kClosed;
  }
  // Unwinding information (4) and what newer writers add: code is walked by frame pointers.
  if (!good) {
    ++skipped_;
    problem_ = "records that make no sense";
  }
}

bool JitDump::take_load(uint64_t time, std::span<const uint8_t> body, uint64_t at) {
  base::ByteReader in(body.data(), body.size());
  in.skip(4 + 4 + 8);  // pid, tid, vma
  const uint64_t start = in.u64(), bytes = in.u64(), index = in.u64();
  const char* name = in.c_string();
  if (!name || !is_code_place(start, bytes)) return false;
  JitCode code{.start = Avma{start},
               .bytes = bytes,
               .from = TimeNs{static_cast<int64_t>(time)},
               .name = std::string(name, ::strnlen(name, kNameBytesMax))};
  if (in.remaining() >= bytes) code.code_at = at + in.position();
  if (const auto ahead = lines_ahead_.find(start); ahead != lines_ahead_.end()) {
    code.lines = std::move(ahead->second.lines);
    if (!ahead->second.unread.empty()) code.lines = read_as_v8_wrote(ahead->second, code);
    if (code.lines.empty()) {
      ++skipped_;
      problem_ = "lines that make no sense";
    }
    lines_ahead_.erase(ahead);
    const bool shifted = !code.lines.empty() && code.lines.front().offset >= kElfHeaderBytes &&
                         is_named_by_v8(code.name);
    for (JitLine& line : code.lines) {
      if (shifted) line.offset -= std::min<uint32_t>(line.offset, kElfHeaderBytes);
    }
    std::erase_if(code.lines, [&](const JitLine& line) { return line.offset >= bytes; });
  }
  return add(std::move(code), index);
}

bool JitDump::take_move(uint64_t time, std::span<const uint8_t> body) {
  base::ByteReader in(body.data(), body.size());
  in.skip(4 + 4 + 8);
  const uint64_t from = in.u64(), to = in.u64(), bytes = in.u64(), index = in.u64();
  const auto known = by_index_.find(index);
  if (!in.ok() || known == by_index_.end() || !is_code_place(to, bytes)) return false;
  JitCode moved = codes_[known->second];
  if (raw(moved.start) != from || moved.bytes != bytes) return false;
  moved.start = Avma{to};
  moved.from = TimeNs{static_cast<int64_t>(time)};
  return add(std::move(moved), index);
}

bool JitDump::take_lines(std::span<const uint8_t> body) {
  base::ByteReader in(body.data(), body.size());
  const uint64_t start = in.u64(), count = in.u64();
  if (!in.ok() || count == 0 || count > in.remaining() / kLineEntryBytes) return false;
  if (lines_ahead_.size() >= kLinesAheadMax) lines_ahead_.clear();
  const std::span<const uint8_t> entries = body.subspan(in.position());
  std::vector<JitLine> lines;
  uint32_t file = 0;
  bool good = true;
  for (uint64_t i = 0; good && i < count; ++i) {
    const uint64_t address = in.u64();
    const uint32_t line = in.u32();
    in.skip(4);
    const char* name = in.c_string();
    good = name && is_plain(name) && address >= start && address - start <= kCodeBytesMax;
    if (!good) break;
    // 0xff alone: the file of the entry before.
    if (static_cast<uint8_t>(name[0]) != 0xff || name[1] != 0) file = file_id(name);
    lines.push_back({static_cast<uint32_t>(address - start), line, file});
  }
  LinesAhead& ahead = lines_ahead_[start];
  ahead = {};
  if (good) {
    std::stable_sort(lines.begin(), lines.end(),
                     [](const JitLine& a, const JitLine& b) { return a.offset < b.offset; });
    ahead.lines = std::move(lines);
  } else if (entries.size() <= kUnreadBytesMax) {
    ahead.unread.assign(entries.begin(), entries.end());
    ahead.count = count;
  } else {
    return false;
  }
  return true;
}

// V8 (11.3, of node 20) leaves room for the script's name in each entry, and then writes there what
// is in memory that was given back already. The length of that name is known: that of the file in
// the name of the code.
std::vector<JitLine> JitDump::read_as_v8_wrote(const LinesAhead& ahead, const JitCode& code) {
  const std::string file = parse_jit_name(code.name).file;
  const uint64_t stride = 16 + file.size() + 1;
  // All entries, and what makes the record a multiple of 8.
  if (file.empty() || ahead.unread.size() / stride < ahead.count ||
      ahead.unread.size() - ahead.count * stride >= 8) {
    return {};
  }
  const uint32_t id = file_id(file);
  std::vector<JitLine> lines;
  for (uint64_t i = 0; i < ahead.count; ++i) {
    base::ByteReader in(ahead.unread.data() + i * stride, 16);
    const uint64_t offset = in.u64() - raw(code.start);
    const uint32_t line = in.u32();
    if (offset > code.bytes + kElfHeaderBytes || line > INT32_MAX) return {};
    lines.push_back({static_cast<uint32_t>(offset), line, id});
    if (i > 0 && lines[i - 1].offset > lines[i].offset) return {};
  }
  return lines;
}

bool JitDump::add(JitCode code, uint64_t index) {
  if (codes_.size() >= kCodesMax) return false;
  const auto id = static_cast<uint32_t>(codes_.size());
  const uint64_t first = raw(code.start) >> kPageShift;
  const uint64_t last = (raw(code.start) + code.bytes - 1) >> kPageShift;
  if (page_entries_ + (last - first + 1) > kPageEntriesMax) return false;
  if (by_page_[first].size() >= kCodesOfPageMax) return false;
  page_entries_ += last - first + 1;
  for (uint64_t page = first; page <= last; ++page) {
    by_page_[page].push_back(id);
  }
  by_index_[index] = id;
  codes_.push_back(std::move(code));
  return true;
}

uint32_t JitDump::file_id(std::string_view file) {
  if (file.empty() || files_.size() >= kFilesMax) return 0;
  const std::string text(file.substr(0, kNameBytesMax));
  auto [entry, is_new] = file_ids_.try_emplace(text, static_cast<uint32_t>(files_.size()));
  if (is_new) files_.push_back(text);
  return entry->second;
}

// f(code) in the order of the file, until it gives false.
template <class F>
void JitDump::each_at(Avma address, F&& f) const {
  const auto page = by_page_.find(raw(address) >> kPageShift);
  if (page == by_page_.end()) return;
  for (const uint32_t id : page->second) {
    const JitCode& code = codes_[id];
    if (raw(address) - raw(code.start) < code.bytes && !f(code)) return;
  }
}

const JitCode* JitDump::find(Avma address, TimeNs time, uint32_t* generation) const {
  const JitCode* found = nullptr;
  uint32_t count = 0;
  // Threads may write a little out of order.
  each_at(address, [&](const JitCode& code) {
    if (code.from <= time && (!found || code.from >= found->from)) {
      found = &code;
      if (generation) *generation = count;
    }
    ++count;
    return true;
  });
  return found;
}

const JitCode* JitDump::of_generation(Avma address, uint32_t generation) const {
  const JitCode* found = nullptr;
  each_at(address, [&](const JitCode& code) {
    if (generation-- > 0) return true;
    found = &code;
    return false;
  });
  return found;
}

const JitCode* JitDump::of_range(Avma address, TimeNs from, TimeNs to, bool* several) const {
  const JitCode* best = nullptr;
  const JitCode* before = nullptr;
  int64_t best_ns = -1;
  uint32_t count = 0;
  const auto weigh = [&](const JitCode& code, TimeNs until) {
    const int64_t begin = std::max(raw(code.from), raw(from)), end = std::min(raw(until), raw(to));
    if (end < begin) return;
    ++count;
    // Of two that were there as long, the later: it is the one that is known to stay.
    if (end - begin >= best_ns) {
      best_ns = end - begin;
      best = &code;
    }
  };
  each_at(address, [&](const JitCode& code) {
    if (before) weigh(*before, code.from);
    before = &code;
    return true;
  });
  if (before) weigh(*before, TimeNs{INT64_MAX});
  if (several) *several = count > 1;
  return best;
}

}  // namespace hone::symbols
