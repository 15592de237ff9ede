#include "capture/symbolise_jit.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "base/host/file.h"
#include "capture/jit_dumps.h"
#include "symbols/perf_map.h"

namespace hone::capture {
namespace {

constexpr size_t kPerfMapBytesMax = size_t{1} << 30;

// What makes functions, files and lines of the code of one module.
class JitNames {
 public:
  JitNames(const SymbolInput& input, NamedFrames& out) : input_(input), out_(out) {}

  void name(FrameId frame, const symbols::PerfMapEntry& entry) {
    const symbols::JitName name = symbols::parse_jit_name(entry.name);
    const uint32_t function = function_of(raw(entry.start), entry.bytes, entry.name, name);
    out_.lines.push_back(
        {.frame = frame, .function = function, .file = file_of(name.file), .line = name.line});
  }

  // `place` and `start` as the recording has them, with their generation.
  void name(FrameId frame, uint64_t place, uint64_t start, const symbols::JitCode& code,
            const symbols::JitDump& dump) {
    const symbols::JitName name = symbols::parse_jit_name(code.name);
    const size_t before = out_.functions.size();
    const uint32_t function = function_of(start, code.bytes, code.name, name);
    if (out_.functions.size() > before) add_ranges(start, code, dump, name);
    out_.functions[function].code_at = code.code_at;
    NamedLine line{
        .frame = frame, .function = function, .file = file_of(name.file), .line = name.line};
    const auto next = std::upper_bound(
        code.lines.begin(), code.lines.end(), place - start,
        [](uint64_t offset, const symbols::JitLine& l) { return offset < l.offset; });
    if (next != code.lines.begin()) {
      line.file = file_of(dump.files()[std::prev(next)->file]);
      line.line = std::prev(next)->line;
    }
    out_.lines.push_back(line);
  }

  void unknown(FrameId frame) {
    if (unknown_ == 0) {
      out_.functions.push_back({.module = input_.module, .function = {}});
      unknown_ = static_cast<uint32_t>(out_.functions.size());
    }
    out_.lines.push_back({.frame = frame, .function = unknown_ - 1});
  }

  std::vector<NamedRange> take_ranges() {
    std::stable_sort(ranges_.begin(), ranges_.end(),
                     [](const NamedRange& a, const NamedRange& b) { return a.begin < b.begin; });
    return std::move(ranges_);
  }

 private:
  uint32_t function_of(uint64_t start, uint64_t bytes, const std::string& whole,
                       const symbols::JitName& name) {
    auto [entry, is_new] = by_code_.try_emplace(std::to_string(start) + ' ' + whole,
                                                static_cast<uint32_t>(out_.functions.size()));
    if (is_new) {
      const auto source = bytes == 0 ? symbols::NameSource::kUnknown : symbols::NameSource::kJit;
      out_.functions.push_back({.module = input_.module,
                                .function = {.name = name.function,
                                             .mangled = name.function == whole ? "" : whole,
                                             .start = Svma{start},
                                             .bytes = bytes,
                                             .file = name.file,
                                             .line = name.line,
                                             .source = source}});
    }
    return entry->second;
  }
  uint32_t file_of(const std::string& file) {
    if (file.empty()) return 0;
    auto [entry, is_new] = by_file_.try_emplace(file, static_cast<uint32_t>(out_.files.size()));
    if (is_new) out_.files.push_back(file);
    return entry->second;
  }
  void add_ranges(uint64_t start, const symbols::JitCode& code, const symbols::JitDump& dump,
                  const symbols::JitName& name) {
    ranges_.push_back({Svma{start}, file_of(name.file), name.line});
    for (const symbols::JitLine& line : code.lines) {
      ranges_.push_back({Svma{start + line.offset}, file_of(dump.files()[line.file]), line.line});
    }
    ranges_.push_back({Svma{start + code.bytes}, 0, 0});
  }

  const SymbolInput& input_;
  NamedFrames& out_;
  std::unordered_map<std::string, uint32_t> by_code_, by_file_;
  std::vector<NamedRange> ranges_;
  uint32_t unknown_ = 0;  // the function without a name, plus one
};

}  // namespace

void name_jit_code(const SymbolInput& input, const AddressGroup& group,
                   const std::unordered_map<uint64_t, uint32_t>& frame_of_address,
                   NamedFrames& out) {
  if (input.source.fd < 0 && !input.jit) return;
  std::string map;
  if (input.source.fd >= 0) {
    // Opened anew, to be read from its beginning, whatever became of its path.
    auto text =
        base::read_file("/proc/self/fd/" + std::to_string(input.source.fd), kPerfMapBytesMax);
    if (!text && !input.jit) {
      out.modules.push_back({.module = input.module,
                             .state = symbols::SymbolState::kNoFile,
                             .missing = text.error().message});
      return;
    }
    if (text) map = std::move(*text);
  }
  const auto frame_of = [&](uint64_t address) { return FrameId{frame_of_address.at(address)}; };
  JitNames names(input, out);
  std::vector<uint64_t> rest;  // that no jitdump tells of
  for (const uint64_t place : group.addresses) {
    const symbols::JitCode* code = input.jit ? input.jit->code_of(place) : nullptr;
    if (!code) {
      rest.push_back(place);
      continue;
    }
    const uint64_t start = raw(code->start) | (place & ~kJitAddressMask);
    names.name(frame_of(place), place, start, *code, input.jit->dump);
  }
  const auto entries = symbols::read_perf_map(map, rest);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].bytes == 0) {
      names.unknown(frame_of(rest[i]));
    } else {
      names.name(frame_of(rest[i]), entries[i]);
    }
  }
  out.modules.push_back({.module = input.module,
                         .state = symbols::SymbolState::kNames,
                         .ranges = names.take_ranges()});
}

std::vector<uint8_t> read_jit_code(const SymbolInput& input, uint64_t code_at, uint64_t bytes) {
  if (!input.jit || code_at == 0) return {};
  std::vector<uint8_t> code(bytes);
  const ssize_t got =
      ::pread(input.jit->fd.get(), code.data(), code.size(), static_cast<off_t>(code_at));
  code.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return code;
}

}  // namespace hone::capture
