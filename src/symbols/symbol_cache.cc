// A cache file, little endian, each part directly behind the one before:
//
//   Header                 magic, version, checksum of all behind it, counts, facts
//   ExtentRecord[E]        sorted, apart; each has the next rows and calls
//   FunctionRecord[F]
//   Row[R], Call[C]        as in elf/code_map.h
//   u32 files[P]           string ids; files[0] is ""
//   u32 looked_for[L]      string ids
//   u32 string_ends[S]     string i is text[string_ends[i - 1] .. string_ends[i])
//   char text[T]
#include "symbols/symbol_cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <xxhash.h>

#include "base/host/file.h"
#include "symbols/module_file.h"

namespace hone::symbols {
namespace {

using elf::CodeMap;

constexpr char kMagic[8] = {'H', 'O', 'N', 'E', 'S', 'Y', 'M', 'S'};
// Goes up with every change of the layout or of what names look like.
constexpr uint32_t kVersion = 3;
constexpr uint32_t kOptimised = 1;
constexpr uint32_t kAskedDebuginfod = 2;
constexpr uint32_t kNone = ~uint32_t{0};

struct ExtentRecord {
  uint64_t begin;
  uint32_t bytes, function, row_count, call_count;
};
static_assert(sizeof(ExtentRecord) == 24);
static_assert(sizeof(CodeMap::Row) == 12 && sizeof(CodeMap::Call) == 24);

template <class T>
void append(std::string& out, std::span<const T> values) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

// Takes `count` values off the front of `in`; false when there are fewer.
template <class T>
bool take(std::string_view& in, uint64_t count, std::vector<T>& out) {
  if (count * sizeof(T) > in.size()) return false;  // counts are 32 bits: this cannot wrap
  out.resize(count);
  if (count > 0) std::memcpy(out.data(), in.data(), count * sizeof(T));
  in.remove_prefix(count * sizeof(T));
  return true;
}

tl::unexpected<Error> contradiction() {
  return fail(Code::Corrupt, "symbol cache: contradicts itself");
}

}  // namespace

struct SymbolCache::Header {
  char magic[8];
  uint32_t version;
  uint32_t state;
  uint64_t checksum;  // XXH3 of all that follows this field
  uint64_t module_bytes;
  uint32_t flags;
  uint32_t producer, debug_file, missing;  // string ids
  uint32_t extent_count, row_count, call_count, function_count, file_count, looked_for_count,
      string_count, zero;
  uint64_t text_bytes;

  static constexpr size_t kChecksumEnd = 24;
  static uint64_t checksum_of(const std::string& content) {
    return XXH3_64bits(content.data() + kChecksumEnd, content.size() - kChecksumEnd);
  }
};

SymbolCache::SymbolCache() : files_{0}, string_ends_{0} {}

Result<SymbolCache> SymbolCache::parse(const std::string& content) {
  static_assert(sizeof(Header) == 88 && sizeof(FunctionRecord) == 40);
  Header header{};
  if (content.size() < sizeof header) return fail(Code::Corrupt, "symbol cache: too short");
  std::memcpy(&header, content.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) {
    return fail(Code::Corrupt, "symbol cache: not one");
  }
  if (header.version != kVersion) return fail(Code::Unsupported, "symbol cache: other version");
  if (header.checksum != Header::checksum_of(content)) {
    return fail(Code::Corrupt, "symbol cache: damaged");
  }
  SymbolCache cache;
  std::vector<ExtentRecord> extents;
  std::vector<uint32_t> looked_for;
  std::string_view in(content);
  in.remove_prefix(sizeof header);
  if (!take(in, header.extent_count, extents) ||
      !take(in, header.function_count, cache.functions_) ||
      !take(in, header.row_count, cache.code_.rows) ||
      !take(in, header.call_count, cache.code_.calls) ||
      !take(in, header.file_count, cache.files_) ||
      !take(in, header.looked_for_count, looked_for) ||
      !take(in, header.string_count, cache.string_ends_) || in.size() != header.text_bytes) {
    return contradiction();
  }
  cache.text_ = in;
  uint64_t row = 0, call = 0;
  for (const ExtentRecord& record : extents) {
    cache.code_.extents.push_back({.begin = Svma{record.begin},
                                   .end = Svma{record.begin + record.bytes},
                                   .anchor = Svma{record.begin},
                                   .function = record.function,
                                   .first_row = static_cast<uint32_t>(row),
                                   .row_count = record.row_count,
                                   .first_call = static_cast<uint32_t>(call),
                                   .call_count = record.call_count});
    row += record.row_count;
    call += record.call_count;
  }
  const auto is_string = [&](uint32_t id) { return id < header.string_count; };
  if (row != header.row_count || call != header.call_count || !cache.check(header) ||
      !is_string(header.producer) || !is_string(header.debug_file) || !is_string(header.missing)) {
    return contradiction();
  }
  cache.module_.state = static_cast<SymbolState>(header.state);
  cache.module_.optimised = (header.flags & kOptimised) != 0;
  cache.module_.producer = cache.text(header.producer);
  cache.module_.debug_file = cache.text(header.debug_file);
  cache.module_.missing = cache.text(header.missing);
  cache.facts_.module_bytes = header.module_bytes;
  cache.facts_.asked_debuginfod = (header.flags & kAskedDebuginfod) != 0;
  for (const uint32_t id : looked_for) {
    if (!is_string(id)) return contradiction();
    cache.facts_.looked_for.push_back(cache.text(id));
  }
  return cache;
}

bool SymbolCache::check(const Header& header) const {
  if (header.state < 1 || header.state > static_cast<uint32_t>(SymbolState::kMismatch))
    return false;
  if (string_ends_.empty() || files_.empty()) return false;
  uint32_t before = 0;
  for (const uint32_t end : string_ends_) {
    if (end < before || end > text_.size()) return false;
    before = end;
  }
  const size_t strings = string_ends_.size();
  for (const uint32_t file : files_) {
    if (file >= strings) return false;
  }
  for (const FunctionRecord& f : functions_) {
    if (f.name >= strings || f.mangled >= strings || f.file >= strings || f.source < 1 ||
        f.source > static_cast<uint32_t>(NameSource::kJit)) {
      return false;
    }
  }
  return check_extents();
}

bool SymbolCache::check_extents() const {
  Svma end_before{0};
  for (const CodeMap::Extent& extent : code_.extents) {
    if (extent.begin < end_before || extent.end <= extent.begin) return false;
    if (extent.function >= functions_.size()) return false;
    end_before = extent.end;
    const uint64_t bytes = raw(extent.end) - raw(extent.begin);
    uint32_t offset = 0;
    for (const CodeMap::Row& row : code_.rows_of(extent)) {
      if (row.offset < offset || row.offset >= bytes || row.file >= files_.size()) return false;
      offset = row.offset;
    }
    for (uint32_t i = 0; i < extent.call_count; ++i) {
      const CodeMap::Call& call = code_.calls[extent.first_call + i];
      if (call.begin >= call.end || call.end > bytes || call.file >= files_.size() ||
          call.function >= functions_.size()) {
        return false;
      }
    }
  }
  return true;
}

std::string SymbolCache::encode() const {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  header.state = static_cast<uint32_t>(module_.state);
  header.module_bytes = facts_.module_bytes;
  header.flags =
      (module_.optimised ? kOptimised : 0) | (facts_.asked_debuginfod ? kAskedDebuginfod : 0);
  std::string text = text_;
  std::vector<uint32_t> string_ends = string_ends_;
  const auto add_string = [&](const std::string& value) {
    if (const auto known = find_string(value); known != kNone) return known;
    text += value;
    string_ends.push_back(static_cast<uint32_t>(text.size()));
    return static_cast<uint32_t>(string_ends.size() - 1);
  };
  header.producer = add_string(module_.producer);
  header.debug_file = add_string(module_.debug_file);
  header.missing = add_string(module_.missing);
  std::vector<uint32_t> looked_for;
  for (const std::string& path : facts_.looked_for) looked_for.push_back(add_string(path));

  // Extents that were narrowed leave rows behind that nobody has.
  CodeMap code;
  std::vector<ExtentRecord> extents;
  for (const CodeMap::Extent& extent : code_.extents) {
    code.append(code_, extent);
    extents.push_back({raw(extent.begin),
                       static_cast<uint32_t>(raw(extent.end) - raw(extent.begin)), extent.function,
                       extent.row_count, extent.call_count});
  }
  header.extent_count = static_cast<uint32_t>(extents.size());
  header.row_count = static_cast<uint32_t>(code.rows.size());
  header.call_count = static_cast<uint32_t>(code.calls.size());
  header.function_count = static_cast<uint32_t>(functions_.size());
  header.file_count = static_cast<uint32_t>(files_.size());
  header.looked_for_count = static_cast<uint32_t>(looked_for.size());
  header.string_count = static_cast<uint32_t>(string_ends.size());
  header.text_bytes = text.size();

  std::string out(sizeof header, '\0');
  append<ExtentRecord>(out, extents);
  append<FunctionRecord>(out, functions_);
  append<CodeMap::Row>(out, code.rows);
  append<CodeMap::Call>(out, code.calls);
  append<uint32_t>(out, files_);
  append<uint32_t>(out, looked_for);
  append<uint32_t>(out, string_ends);
  out += text;
  std::memcpy(out.data(), &header, sizeof header);
  header.checksum = Header::checksum_of(out);
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

std::string symbol_cache_path(std::span<const uint8_t> build_id) {
  if (build_id.size() < 8) return {};  // shorter ones are not unique enough to go by
  std::string folder = base::cache_folder();
  if (folder.empty()) return {};
  folder += "/symbols";
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) return {};
  return folder + "/" + hex_text(build_id);
}

}  // namespace hone::symbols
