// A cache file, little endian, each part directly behind the one before:
//
//   Header                 magic, version, checksum of all behind it, counts, facts
//   u64 addresses[A]       rising
//   FunctionRecord[F]
//   u32 first_frame[A + 1]
//   FrameRecord[N]
//   u32 files[P]           string ids; files[0] is ""
//   u32 looked_for[L]      string ids
//   u32 string_ends[S]     string i is text[string_ends[i - 1] .. string_ends[i])
//   char text[T]
#include "symbols/symbol_cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_map>

#include <xxhash.h>

#include "base/host/file.h"
#include "symbols/module_file.h"

namespace hone::symbols {
namespace {

constexpr char kMagic[8] = {'H', 'O', 'N', 'E', 'S', 'Y', 'M', 'S'};
// Goes up with every change of the layout or of what names look like.
constexpr uint32_t kVersion = 1;
constexpr uint32_t kOptimised = 1;
constexpr uint32_t kAskedDebuginfod = 2;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t state;
  uint64_t checksum;  // XXH3 of all that follows this field
  uint64_t module_bytes;
  uint32_t flags;
  uint32_t producer, debug_file, missing;  // string ids
  uint32_t address_count, frame_count, function_count, file_count, looked_for_count, string_count;
  uint64_t text_bytes;
};
static_assert(sizeof(Header) == 80);
constexpr size_t kChecksumEnd = offsetof(Header, checksum) + sizeof(uint64_t);

struct FunctionRecord {
  uint64_t start, bytes;
  uint32_t name, mangled, file;  // string ids
  uint32_t line;
  uint32_t source;
  uint32_t zero;
};
static_assert(sizeof(FunctionRecord) == 40);

struct FrameRecord {
  uint32_t function, file, line, inlined;
};

template <class T>
T read(const std::string& content, uint64_t at) {
  T value;
  std::memcpy(&value, content.data() + at, sizeof value);
  return value;
}

template <class T>
void append(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

class Strings {
 public:
  Strings() { id(""); }
  uint32_t id(const std::string& text) {
    const auto [slot, is_new] = ids_.try_emplace(text, static_cast<uint32_t>(ends_.size()));
    if (is_new) {
      text_ += text;
      ends_.push_back(static_cast<uint32_t>(text_.size()));
    }
    return slot->second;
  }
  const std::vector<uint32_t>& ends() const { return ends_; }
  const std::string& text() const { return text_; }

 private:
  std::unordered_map<std::string, uint32_t> ids_;
  std::vector<uint32_t> ends_;
  std::string text_;
};

uint64_t checksum(const std::string& content) {
  return XXH3_64bits(content.data() + kChecksumEnd, content.size() - kChecksumEnd);
}

}  // namespace

Result<SymbolCache> SymbolCache::parse(std::string content) {
  if (content.size() < sizeof(Header)) return fail(Code::Corrupt, "symbol cache: too short");
  const auto header = read<Header>(content, 0);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) {
    return fail(Code::Corrupt, "symbol cache: not one");
  }
  if (header.version != kVersion) return fail(Code::Unsupported, "symbol cache: other version");
  if (header.checksum != checksum(content)) return fail(Code::Corrupt, "symbol cache: damaged");
  SymbolCache cache;
  cache.content_ = std::move(content);
  Parts& parts = cache.parts_;
  parts.address_count = header.address_count;
  parts.frame_count = header.frame_count;
  parts.function_count = header.function_count;
  parts.file_count = header.file_count;
  parts.looked_for_count = header.looked_for_count;
  parts.string_count = header.string_count;
  parts.text_bytes = header.text_bytes;
  // Counts are 32 bits, so that none of these sums can wrap.
  parts.addresses = sizeof(Header);
  parts.functions = parts.addresses + parts.address_count * sizeof(uint64_t);
  parts.first_frames = parts.functions + parts.function_count * sizeof(FunctionRecord);
  parts.frames = parts.first_frames + (parts.address_count + 1) * sizeof(uint32_t);
  parts.files = parts.frames + parts.frame_count * sizeof(FrameRecord);
  parts.looked_for = parts.files + parts.file_count * sizeof(uint32_t);
  parts.string_ends = parts.looked_for + parts.looked_for_count * sizeof(uint32_t);
  parts.text = parts.string_ends + parts.string_count * sizeof(uint32_t);
  if (parts.text > cache.content_.size() ||
      parts.text_bytes != cache.content_.size() - parts.text || !cache.check_indexes()) {
    return fail(Code::Corrupt, "symbol cache: contradicts itself");
  }
  const uint64_t strings = parts.string_count;
  if (header.producer >= strings || header.debug_file >= strings || header.missing >= strings ||
      header.state < 1 || header.state > static_cast<uint32_t>(SymbolState::kMismatch)) {
    return fail(Code::Corrupt, "symbol cache: contradicts itself");
  }
  cache.module_.state = static_cast<SymbolState>(header.state);
  cache.module_.optimised = (header.flags & kOptimised) != 0;
  cache.module_.producer = cache.text(header.producer);
  cache.module_.debug_file = cache.text(header.debug_file);
  cache.module_.missing = cache.text(header.missing);
  cache.facts_.module_bytes = header.module_bytes;
  cache.facts_.asked_debuginfod = (header.flags & kAskedDebuginfod) != 0;
  for (uint64_t i = 0; i < parts.looked_for_count; ++i) {
    cache.facts_.looked_for.push_back(cache.text(cache.word(parts.looked_for, i)));
  }
  cache.addresses_.resize(parts.address_count);
  std::memcpy(cache.addresses_.data(), cache.content_.data() + parts.addresses,
              parts.address_count * sizeof(uint64_t));
  return cache;
}

bool SymbolCache::check_indexes() const {
  uint32_t before = 0;
  for (uint64_t i = 0; i < parts_.string_count; ++i) {
    const uint32_t end = word(parts_.string_ends, i);
    if (end < before || end > parts_.text_bytes) return false;
    before = end;
  }
  if (parts_.string_count == 0 || parts_.file_count == 0) return false;
  for (uint64_t i = 0; i < parts_.file_count + parts_.looked_for_count; ++i) {
    if (word(parts_.files, i) >= parts_.string_count) return false;  // looked_for lies behind files
  }
  for (uint64_t i = 0; i < parts_.function_count; ++i) {
    const auto function =
        read<FunctionRecord>(content_, parts_.functions + i * sizeof(FunctionRecord));
    if (function.name >= parts_.string_count || function.mangled >= parts_.string_count ||
        function.file >= parts_.string_count || function.source < 1 ||
        function.source > static_cast<uint32_t>(NameSource::kJit)) {
      return false;
    }
  }
  for (uint64_t i = 0; i < parts_.frame_count; ++i) {
    const auto frame = read<FrameRecord>(content_, parts_.frames + i * sizeof(FrameRecord));
    if (frame.function >= parts_.function_count || frame.file >= parts_.file_count) return false;
  }
  uint64_t address_before = 0;
  for (uint64_t i = 0; i <= parts_.address_count; ++i) {
    const uint32_t first = word(parts_.first_frames, i);
    if (i > 0 && first < word(parts_.first_frames, i - 1)) return false;
    if (first > parts_.frame_count) return false;
    if (i == parts_.address_count) break;
    const auto address = read<uint64_t>(content_, parts_.addresses + i * sizeof(uint64_t));
    if (i > 0 && address <= address_before) return false;
    address_before = address;
  }
  return true;
}

uint32_t SymbolCache::word(uint64_t part, uint64_t index) const {
  return read<uint32_t>(content_, part + index * sizeof(uint32_t));
}

std::string SymbolCache::text(uint32_t string) const {
  const uint32_t begin = string == 0 ? 0 : word(parts_.string_ends, string - 1);
  const uint32_t end = word(parts_.string_ends, string);
  return content_.substr(parts_.text + begin, end - begin);
}

Function SymbolCache::read_function(uint32_t index) const {
  const auto record =
      read<FunctionRecord>(content_, parts_.functions + index * sizeof(FunctionRecord));
  return {.name = text(record.name),
          .mangled = text(record.mangled),
          .start = Svma{record.start},
          .bytes = record.bytes,
          .file = text(record.file),
          .line = record.line,
          .source = static_cast<NameSource>(record.source)};
}

std::vector<Svma> SymbolCache::unknown(std::span<const Svma> wanted) const {
  std::vector<Svma> out;
  std::set_difference(wanted.begin(), wanted.end(), addresses_.begin(), addresses_.end(),
                      std::back_inserter(out));
  return out;
}

ResolvedModule SymbolCache::extract(std::span<const Svma> wanted) const {
  constexpr uint32_t kNone = ~uint32_t{0};
  std::vector<uint32_t> function_ids(parts_.function_count, kNone);
  std::vector<uint32_t> file_ids(parts_.file_count, kNone);
  file_ids[0] = 0;
  ResolvedModule out = module_;
  out.files.emplace_back();
  out.first_frame.push_back(0);
  for (const Svma address : wanted) {
    const auto found = std::lower_bound(addresses_.begin(), addresses_.end(), address);
    if (found != addresses_.end() && *found == address) {
      const auto index = static_cast<uint64_t>(found - addresses_.begin());
      const uint32_t end = word(parts_.first_frames, index + 1);
      for (uint64_t at = word(parts_.first_frames, index); at < end; ++at) {
        const auto frame = read<FrameRecord>(content_, parts_.frames + at * sizeof(FrameRecord));
        uint32_t& function = function_ids[frame.function];
        if (function == kNone) {
          function = static_cast<uint32_t>(out.functions.size());
          out.functions.push_back(read_function(frame.function));
        }
        uint32_t& file = file_ids[frame.file];
        if (file == kNone) {
          file = static_cast<uint32_t>(out.files.size());
          out.files.push_back(text(word(parts_.files, frame.file)));
        }
        out.frames.push_back({function, file, frame.line, frame.inlined != 0});
      }
    }
    out.first_frame.push_back(static_cast<uint32_t>(out.frames.size()));
  }
  return out;
}

std::string SymbolCache::encode(std::span<const Svma> addresses, const ResolvedModule& module,
                                const CacheFacts& facts) {
  Strings strings;
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  header.state = static_cast<uint32_t>(module.state);
  header.module_bytes = facts.module_bytes;
  header.flags =
      (module.optimised ? kOptimised : 0) | (facts.asked_debuginfod ? kAskedDebuginfod : 0);
  header.producer = strings.id(module.producer);
  header.debug_file = strings.id(module.debug_file);
  header.missing = strings.id(module.missing);
  header.address_count = static_cast<uint32_t>(addresses.size());
  header.frame_count = static_cast<uint32_t>(module.frames.size());
  header.function_count = static_cast<uint32_t>(module.functions.size());
  header.file_count = static_cast<uint32_t>(module.files.size());
  header.looked_for_count = static_cast<uint32_t>(facts.looked_for.size());

  std::string out(sizeof(Header), '\0');
  for (const Svma address : addresses) append(out, raw(address));
  for (const Function& f : module.functions) {
    append(out, FunctionRecord{raw(f.start), f.bytes, strings.id(f.name), strings.id(f.mangled),
                               strings.id(f.file), f.line, static_cast<uint32_t>(f.source), 0});
  }
  for (const uint32_t first : module.first_frame) append(out, first);
  for (const SourceFrame& frame : module.frames) {
    append(out, FrameRecord{frame.function, frame.file, frame.line, frame.inlined ? 1u : 0u});
  }
  for (const std::string& file : module.files) append(out, strings.id(file));
  for (const std::string& path : facts.looked_for) append(out, strings.id(path));
  for (const uint32_t end : strings.ends()) append(out, end);
  out += strings.text();
  header.string_count = static_cast<uint32_t>(strings.ends().size());
  header.text_bytes = strings.text().size();
  std::memcpy(out.data(), &header, sizeof header);
  header.checksum = checksum(out);
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
