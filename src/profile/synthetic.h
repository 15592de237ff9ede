// For benchmarks: a recording of a given number of samples over a given number of stack nodes, 40
// deep, with inlined calls and lines, written to a temporary file.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "recording/builder.h"

namespace hone::profile {

struct SyntheticSize {
  uint32_t samples = 1'000'000;
  uint32_t nodes = 100'000;
  uint32_t functions = 20'000;
  uint32_t threads = 8;
};

namespace synthetic {

inline constexpr uint32_t kDepth = 40;

inline uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 31)) * 0x7fb5d329728ea185ULL + 0x9e3779b97f4a7c15ULL;
  return x ^ (x >> 29);
}

// Stacks that share their outer halves with the one before, as sampled stacks do.
inline std::vector<StackId> stacks(recording::Builder& out, ModuleId module,
                                   const SyntheticSize& size) {
  using recording::Table;
  std::vector<StackId> ids;
  std::vector<FrameId> outer_first;
  uint64_t state = 1;
  while (out.writer().row_count(Table::kStacks) < size.nodes) {
    state = mix(state);
    if (!outer_first.empty()) outer_first.resize(kDepth / 4 + state % (kDepth * 3 / 4));
    while (outer_first.size() < kDepth) {
      state = mix(state);
      outer_first.push_back(
          out.frame(module, 0x1000 + state % size.functions * 512 + state / 64 % 2));
    }
    const std::vector<FrameId> inner_first(outer_first.rbegin(), outer_first.rend());
    ids.push_back(out.stack(inner_first));
  }
  return ids;
}

inline void symbols(recording::Builder& out, ModuleId module, const SyntheticSize& size) {
  using namespace recording;
  for (uint32_t i = 0; i < size.functions; ++i) {
    const std::string name = "space" + std::to_string(i % 97) + "::Type::function_" +
                             std::to_string(i) + "(int, std::vector<double> const&)";
    out.append(FunctionRow{.module = module,
                           .name = out.string(name),
                           .start = 0x1000 + uint64_t{i} * 512,
                           .bytes = 512,
                           .file = out.string("src/file_" + std::to_string(i % 500) + ".cc"),
                           .line = 1 + i % 3000,
                           .source = 1});
  }
  for (uint32_t i = 0; i < out.frames().size(); ++i) {
    const uint64_t address = out.frames()[i].address;
    const auto function = static_cast<uint32_t>((address - 0x1000) / 512);
    const StringId file = out.string("src/file_" + std::to_string(function % 500) + ".cc");
    LineRow row{.frame = FrameId{i + 1}, .file = file, .line = 1 + i % 3000};
    if (i % 2 == 0) {
      row.function = FunctionId{1 + (function + 1) % size.functions};
      row.inlined = 1;
      out.append(row);
      row.inlined = 0;
    }
    row.function = FunctionId{1 + function};
    out.append(row);
  }
}

inline bool write(const std::string& path, const SyntheticSize& size) {
  using namespace recording;
  auto writer = Writer::create(path, {});
  if (!writer) return false;
  Builder out(std::move(*writer));
  const auto module = out.append_id<ModuleId>(
      ModuleRow{.path = out.string("/usr/bin/app"), .kind = kModuleFile, .arch = 1});
  out.append(ModuleSymbolsRow{.module = module, .state = 1, .optimised = 1});
  out.append(ProcessRow{.pid = 4242, .name = out.string("app")});
  for (uint32_t i = 0; i < size.threads; ++i) {
    out.append(ThreadRow{.process = ProcessId{1}, .tid = 4242 + i, .name = out.string("worker")});
  }
  const std::vector<StackId> pool = stacks(out, module, size);
  int64_t time = 1'000'000'000;
  uint64_t state = 7;
  for (uint32_t i = 0; i < size.samples; ++i) {
    state = mix(state);
    time += 1'000'000 + static_cast<int64_t>(state % 10'000);
    // Squared, so that some stacks are hot.
    const double at = static_cast<double>(state >> 40) / static_cast<double>(1 << 24);
    out.append(
        SampleRow{.time = TimeNs{time},
                  .thread = ThreadId{1 + i % size.threads},
                  .stack = pool[static_cast<size_t>(at * at * static_cast<double>(pool.size()))],
                  .weight = DurationNs{1'000'000},
                  .cpu = static_cast<uint16_t>(i % 2)});
  }
  symbols(out, module, size);
  return out.writer().finish().has_value();
}

}  // namespace synthetic

// Writes one in a process of its own, so that the caller's peak memory stays its own; the path, or
// "" when it could not be written. The caller removes the file.
inline std::string synthetic_recording(const SyntheticSize& size) {
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/hone-synthetic-XXXXXX";
  const int fd = mkstemp(path.data());
  if (fd < 0) return {};
  close(fd);
  const pid_t child = fork();
  if (child == 0) _exit(synthetic::write(path, size) ? 0 : 1);
  int status = 1;
  if (child > 0) waitpid(child, &status, 0);
  if (status == 0) return path;
  unlink(path.c_str());
  return {};
}

}  // namespace hone::profile
