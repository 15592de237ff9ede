// For tests and benchmarks: a recording in the shape of a compiler's run, from a seed. A program of
// `functions` functions, whose call sites call a few others each, is walked: every sample goes back
// some frames and on from there.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recording/builder.h"

namespace hone::recording {

struct SyntheticShape {
  uint32_t samples = 5000;
  uint32_t functions = 8000;
  uint32_t depth = 40;
  uint32_t flush_every = 1000;  // samples: a recorder flushes once a second
  bool symbols = true;          // functions, names and lines at the end
};
struct SyntheticFacts {
  uint64_t stacks = 0;
  uint64_t frames = 0;
  uint64_t bytes = 0;
};

// Not <random>'s distributions: those may differ between libraries, and a fixture depends on this.
class SyntheticRun {
 public:
  explicit SyntheticRun(const SyntheticShape& shape) : shape_(shape), path_{0} {}

  // The next stack, innermost first, as places in the text of module 1.
  std::vector<uint64_t> next() {
    size_t keep = path_.size();
    while (keep > 1 && random(14) != 0) --keep;
    path_.resize(keep);
    const size_t depth = shape_.depth / 2 + random(shape_.depth);
    while (path_.size() < depth) {
      // Of the sites in a function that call on, the first ones do so mostly.
      const uint64_t site = random(5) ? random(6) / 5 : random(8);
      path_.push_back(hash(path_.back() * 8 + site) % shape_.functions);
      sites_.resize(path_.size());
      sites_[path_.size() - 2] = site;
    }
    sites_.resize(path_.size());
    sites_.back() = 8 + random(6);
    std::vector<uint64_t> out;
    for (size_t i = path_.size(); i-- > 0;) out.push_back(address(path_[i], sites_[i]));
    return out;
  }
  uint64_t start(uint64_t function) const {
    return 0x40'0000 + function * 2600 + hash(function) % 1900 / 16 * 16;
  }
  uint64_t address(uint64_t function, uint64_t site) const {
    return start(function) + site * 37 + hash(function * 16 + site) % 32;
  }
  static uint64_t function_at(uint64_t address) { return (address - 0x40'0000) / 2600; }
  uint64_t random(uint64_t below) { return hash(state_++) % below; }
  static uint64_t hash(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9 + 0x9e37'79b9'7f4a'7c15;
    x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11eb;
    return x ^ (x >> 31);
  }

 private:
  SyntheticShape shape_;
  std::vector<uint64_t> path_;
  std::vector<uint64_t> sites_;
  uint64_t state_ = 1;
};

inline std::string synthetic_name(uint64_t function) {
  static constexpr std::array<std::string_view, 16> kWords = {
      "parser", "tree", "type", "decl", "lookup", "template", "cache", "visit",
      "build",  "expr", "cost", "fold", "rtx",    "insn",     "block", "alias"};
  std::string name;
  uint64_t bits = SyntheticRun::hash(function + 77);
  for (uint64_t i = 0; i < 2 + bits % 3; ++i) {
    name += kWords[(bits >> (8 + 4 * i)) % 16];
    name += '_';
  }
  return name + std::to_string(bits >> 52) + "(tree_node*, int)";
}

// In order of address, as a symboliser best goes through them: neighbours share their function,
// file and nearly their line.
inline void write_symbols(Builder& out, ModuleId module, const SyntheticShape& shape,
                          const SyntheticRun& run) {
  std::vector<std::pair<uint64_t, FrameId>> order;
  for (size_t i = 0; i < out.frames().size(); ++i) {
    order.emplace_back(out.frames()[i].address, FrameId{static_cast<uint32_t>(i + 1)});
  }
  std::sort(order.begin(), order.end());
  std::vector<FunctionId> functions(shape.functions);
  for (const auto& [address, frame] : order) {
    const uint64_t number = run.function_at(address);
    const StringId file = out.string("../../src/gcc/" + std::to_string(number / 60) + ".cc");
    const auto line = static_cast<uint32_t>(number % 60 * 40 + 20);
    FunctionId& function = functions[number];
    if (function == FunctionId::kNone) {
      function = out.append_id<FunctionId>(FunctionRow{.module = module,
                                                       .name = out.string(synthetic_name(number)),
                                                       .start = run.start(number),
                                                       .bytes = 200 + run.hash(number) % 2000,
                                                       .file = file,
                                                       .line = line});
    }
    const auto offset = static_cast<uint32_t>((address - run.start(number)) / 16);
    out.append(LineRow{.frame = frame, .function = function, .file = file, .line = line + offset});
  }
}

inline SyntheticFacts write_synthetic(const std::string& path, const SyntheticShape& shape,
                                      const WriterOptions& options) {
  auto writer = Writer::create(path, options);
  if (!writer) return {};
  Builder out(std::move(*writer));
  SyntheticRun run(shape);
  const auto module = out.append_id<ModuleId>(
      ModuleRow{.path = out.string("/usr/lib/cc1plus"), .build_id = "0123456789", .kind = 1});
  out.append_id<ProcessId>(ProcessRow{.pid = 4242, .start = TimeNs{1'000'000'000}});
  out.append_id<ThreadId>(ThreadRow{.process = ProcessId{1}, .tid = 4242});
  std::vector<FrameId> frames;
  int64_t time = 1'000'000'000;
  for (uint32_t i = 0; i < shape.samples; ++i) {
    frames.clear();
    for (uint64_t address : run.next()) frames.push_back(out.frame(module, address));
    time += 1'003'009 + static_cast<int64_t>(run.random(20'000));
    out.append(SampleRow{.time = TimeNs{time},
                         .thread = ThreadId{1},
                         .stack = out.stack(frames),
                         .weight = DurationNs{1'003'009},
                         .cpu = static_cast<uint16_t>(i / 300 % 2)});
    if (i % shape.flush_every == shape.flush_every - 1 && !out.writer().flush()) return {};
  }
  if (shape.symbols) write_symbols(out, module, shape, run);
  SyntheticFacts facts{out.writer().row_count(Table::kStacks), out.frames().size(), 0};
  if (!out.writer().finish()) return {};
  facts.bytes = out.writer().bytes_written();
  return facts;
}

}  // namespace hone::recording
