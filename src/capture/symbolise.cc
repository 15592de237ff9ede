#include "capture/symbolise.h"

#include <algorithm>
#include <unordered_map>

#include "capture/jit_dumps.h"
#include "capture/symbolise_jit.h"

namespace hone::capture {
namespace {

// Code is kept for functions with at least this share of the time, the hottest first, within
// these bounds: enough to annotate what a report shows.
constexpr double kHotShareMin = 0.005;
constexpr size_t kHotFunctionsMax = 40;
constexpr uint64_t kCodeBytesMax = 32 << 10;

// Frames without any symbols still get one line, of a function that has no name.
void name_kernel_frames(std::span<const recording::Builder::FrameKey> frames, ModuleId module,
                        NamedFrames& out) {
  auto kernel = symbols::KernelSymbols::load();
  ModuleState state{.module = module, .state = symbols::SymbolState::kNames};
  if (!kernel) {
    state.state = symbols::SymbolState::kStripped;
    state.missing = kernel.error().message;
  }
  out.modules.push_back(state);
  std::unordered_map<uint64_t, uint32_t> by_start;
  for (size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].module != module) continue;
    symbols::Function function{.source = symbols::NameSource::kUnknown};
    if (kernel) {
      const auto found = kernel->find(Avma{frames[i].address});
      if (!found.name.empty()) {
        function.name = found.name;
        if (!found.module.empty()) function.name += " [" + std::string(found.module) + "]";
        function.start = Svma{raw(found.start)};
        function.bytes = found.bytes;
        function.source = symbols::NameSource::kKernel;
      }
    }
    const uint64_t key = function.name.empty() ? 0 : raw(function.start);
    auto [entry, inserted] = by_start.try_emplace(key, static_cast<uint32_t>(out.functions.size()));
    if (inserted) out.functions.push_back({module, std::move(function)});
    out.lines.push_back(
        {.frame = FrameId{static_cast<uint32_t>(i + 1)}, .function = entry->second});
  }
}

void name_module(const SymbolInput& input, const AddressGroup& group,
                 const std::unordered_map<uint64_t, uint32_t>& frame_of_address,
                 const symbols::Options& options, NamedFrames& out) {
  std::vector<Svma> addresses;
  addresses.reserve(group.addresses.size());
  for (const uint64_t address : group.addresses) addresses.push_back(Svma{address});
  auto resolved = symbols::resolve_module(input.source, addresses, options);
  if (!resolved) {
    out.modules.push_back({.module = input.module,
                           .state = symbols::SymbolState::kNoFile,
                           .missing = resolved.error().message});
    return;
  }
  out.modules.push_back({.module = input.module,
                         .state = resolved->state,
                         .optimised = resolved->optimised,
                         .debug_file = resolved->debug_file,
                         .producer = resolved->producer,
                         .missing = resolved->missing});
  const auto first_function = static_cast<uint32_t>(out.functions.size());
  for (symbols::Function& function : resolved->functions) {
    out.functions.push_back({input.module, std::move(function)});
  }
  std::vector<uint32_t> file_of(resolved->files.size(), 0);
  for (size_t f = 1; f < resolved->files.size(); ++f) {
    file_of[f] = static_cast<uint32_t>(out.files.size());
    out.files.push_back(std::move(resolved->files[f]));
  }
  std::vector<NamedRange>& ranges = out.modules.back().ranges;
  ranges.reserve(resolved->lines.size());
  for (const symbols::LineRange& range : resolved->lines) {
    ranges.push_back({range.begin, file_of[range.file], range.line});
  }
  for (size_t i = 0; i < addresses.size(); ++i) {
    const FrameId frame{frame_of_address.at(group.addresses[i])};
    for (uint32_t f = resolved->first_frame[i]; f < resolved->first_frame[i + 1]; ++f) {
      const symbols::SourceFrame& source = resolved->frames[f];
      out.lines.push_back({.frame = frame,
                           .function = first_function + source.function,
                           .file = file_of[source.file],
                           .line = source.line,
                           .inlined = source.inlined});
    }
  }
}

// Frames of a script say their function and line themselves: scripts.h.
void name_script(const SymbolInput& input, const AddressGroup& group,
                 const std::unordered_map<uint64_t, uint32_t>& frame_of_address, NamedFrames& out) {
  out.modules.push_back({.module = input.module, .state = symbols::SymbolState::kFull});
  const auto file = static_cast<uint32_t>(out.files.size());
  out.files.push_back(input.source.path);
  std::unordered_map<uint64_t, uint32_t> function_of;
  for (const uint64_t address : group.addresses) {
    const uint64_t number = address >> 32;
    auto [entry, is_new] =
        function_of.try_emplace(number, static_cast<uint32_t>(out.functions.size()));
    if (is_new) {
      NamedFunction& named = out.functions.emplace_back();
      named.module = input.module;
      named.function.source = symbols::NameSource::kUnknown;
      if (number > 0 && number <= input.script.size()) {
        named.function = {.name = input.script[number - 1].name,
                          .start = Svma{number << 32},
                          .file = input.source.path,
                          .line = input.script[number - 1].line,
                          .source = symbols::NameSource::kScript};
      }
    }
    out.lines.push_back({.frame = FrameId{frame_of_address.at(address)},
                         .function = entry->second,
                         .file = file,
                         .line = static_cast<uint32_t>(address)});
  }
}

std::vector<uint32_t> hottest(const std::vector<int64_t>& self_ns, int64_t total_ns) {
  std::vector<uint32_t> hot;
  for (uint32_t f = 0; f < self_ns.size(); ++f) {
    if (self_ns[f] > 0 &&
        static_cast<double>(self_ns[f]) >= kHotShareMin * static_cast<double>(total_ns)) {
      hot.push_back(f);
    }
  }
  std::sort(hot.begin(), hot.end(),
            [&](uint32_t a, uint32_t b) { return self_ns[a] > self_ns[b]; });
  if (hot.size() > kHotFunctionsMax) hot.resize(kHotFunctionsMax);
  return hot;
}

// The line ranges that reach into [begin, end), the first one cut to begin there.
void write_code_lines(recording::Builder& builder, const ModuleState& module, FunctionId id,
                      const std::vector<StringId>& files, Svma begin, Svma end) {
  const auto& ranges = module.ranges;
  auto at = std::upper_bound(ranges.begin(), ranges.end(), begin,
                             [](Svma a, const NamedRange& range) { return a < range.begin; });
  if (at != ranges.begin()) --at;
  for (; at != ranges.end() && at->begin < end; ++at) {
    const auto next = at + 1;
    if (next != ranges.end() && next->begin <= std::max(begin, at->begin)) continue;
    builder.append(recording::CodeLineRow{.function = id,
                                          .address = raw(std::max(begin, at->begin)),
                                          .file = files[at->file],
                                          .line = at->line});
  }
}

// The code bytes of one function and the lines of all of them.
void write_code(recording::Builder& builder, const NamedFrames& names,
                std::span<const SymbolInput> modules, uint32_t function, FunctionId id,
                const std::vector<StringId>& files) {
  const NamedFunction& named = names.functions[function];
  const auto input = std::find_if(modules.begin(), modules.end(),
                                  [&](const SymbolInput& m) { return m.module == named.module; });
  if (input == modules.end() || named.function.bytes == 0) return;
  const Svma start = named.function.start;
  const uint64_t code_bytes = std::min(named.function.bytes, kCodeBytesMax);
  const std::vector<uint8_t> code = input->kind == recording::kModuleAnonymous
                                        ? read_jit_code(*input, named.code_at, code_bytes)
                                        : symbols::read_code(input->source, start, code_bytes);
  if (code.empty()) return;
  builder.append(
      recording::CodeRow{.function = id,
                         .start = raw(start),
                         .bytes = {reinterpret_cast<const char*>(code.data()), code.size()}});
  const auto state = std::find_if(names.modules.begin(), names.modules.end(),
                                  [&](const ModuleState& m) { return m.module == named.module; });
  if (state == names.modules.end()) return;
  write_code_lines(builder, *state, id, files, start, Svma{raw(start) + code.size()});
}

}  // namespace

NamedFrames name_frames(std::span<const recording::Builder::FrameKey> frames,
                        std::span<const SymbolInput> modules, const symbols::Options& options) {
  NamedFrames out;
  std::unordered_map<uint32_t, AddressGroup> groups;
  std::unordered_map<uint32_t, std::unordered_map<uint64_t, uint32_t>> frame_of;
  for (size_t i = 0; i < frames.size(); ++i) {
    const uint32_t module = raw(frames[i].module);
    groups[module].addresses.push_back(frames[i].address);
    frame_of[module].emplace(frames[i].address, static_cast<uint32_t>(i + 1));
  }
  for (const SymbolInput& input : modules) {
    const auto group = groups.find(raw(input.module));
    if (group == groups.end()) continue;
    auto& addresses = group->second.addresses;
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    if (input.kind == recording::kModuleKernel) {
      name_kernel_frames(frames, input.module, out);
    } else if (input.kind == recording::kModuleAnonymous) {
      name_jit_code(input, group->second, frame_of[raw(input.module)], out);
    } else if (input.kind == recording::kModuleScript) {
      name_script(input, group->second, frame_of[raw(input.module)], out);
    } else {
      name_module(input, group->second, frame_of[raw(input.module)], options, out);
    }
  }
  std::stable_sort(out.lines.begin(), out.lines.end(), [](const NamedLine& a, const NamedLine& b) {
    return raw(a.frame) < raw(b.frame);
  });
  return out;
}

void write_names(recording::Builder& builder, const NamedFrames& names,
                 std::span<const SymbolInput> modules, std::span<const int64_t> self_ns_by_frame) {
  using recording::TextKind;
  for (const ModuleState& state : names.modules) {
    builder.append(
        recording::ModuleSymbolsRow{.module = state.module,
                                    .state = static_cast<uint8_t>(state.state),
                                    .optimised = static_cast<uint8_t>(state.optimised),
                                    .debug_file = builder.string(state.debug_file, TextKind::kPath),
                                    .producer = builder.string(state.producer, TextKind::kSentence),
                                    .missing = builder.string(state.missing, TextKind::kSentence)});
  }
  std::vector<FunctionId> ids;
  ids.reserve(names.functions.size());
  for (const NamedFunction& named : names.functions) {
    const symbols::Function& f = named.function;
    ids.push_back(builder.append_id<FunctionId>(
        recording::FunctionRow{.module = named.module,
                               .name = builder.string(f.name),
                               .mangled = builder.string(f.mangled),
                               .start = raw(f.start),
                               .bytes = f.bytes,
                               .file = builder.string(f.file, TextKind::kPath),
                               .line = f.line,
                               .source = static_cast<uint8_t>(f.source)}));
  }
  std::vector<StringId> files;
  for (const std::string& file : names.files)
    files.push_back(builder.string(file, TextKind::kPath));
  // The physical function of a frame is its outermost line: self time by it says what is hot.
  std::vector<int64_t> self_ns(names.functions.size(), 0);
  int64_t total_ns = 0;
  for (size_t i = 0; i < names.lines.size(); ++i) {
    const NamedLine& line = names.lines[i];
    builder.append(recording::LineRow{.frame = line.frame,
                                      .function = ids[line.function],
                                      .file = files[line.file],
                                      .line = line.line,
                                      .inlined = static_cast<uint8_t>(line.inlined)});
    if (line.inlined || raw(line.frame) >= self_ns_by_frame.size()) continue;
    self_ns[line.function] += self_ns_by_frame[raw(line.frame)];
    total_ns += self_ns_by_frame[raw(line.frame)];
  }
  for (const uint32_t f : hottest(self_ns, total_ns)) {
    write_code(builder, names, modules, f, ids[f], files);
  }
}

}  // namespace hone::capture
