// make-recording FILE SAMPLES [CALL_PATHS]: writes a recording with symbols, to time opening it.
//
// Without CALL_PATHS it has the shape of a compiler's run: nearly every sample is on a call path
// that no other has. With it, the samples are spread over that many paths, some of them much hotter
// than others, as in a program that does the same things again and again.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "recording/synthetic.h"

namespace {

using namespace hone;
using namespace hone::recording;

std::vector<StackId> call_paths(Builder& out, ModuleId module, SyntheticRun& run, uint64_t count) {
  std::vector<StackId> paths;
  std::vector<FrameId> frames;
  for (uint64_t i = 0; i < count; ++i) {
    frames.clear();
    for (const uint64_t address : run.next()) frames.push_back(out.frame(module, address));
    paths.push_back(out.stack(frames));
  }
  return paths;
}

SyntheticFacts write_repeating(const char* path, const SyntheticShape& shape, uint64_t path_count) {
  auto writer = Writer::create(path, {});
  if (!writer) return {};
  Builder out(std::move(*writer));
  SyntheticRun run(shape);
  const auto module =
      out.append_id<ModuleId>(ModuleRow{.path = out.string("/usr/bin/app"), .kind = 1});
  out.append_id<ProcessId>(ProcessRow{.pid = 4242, .start = TimeNs{1'000'000'000}});
  for (uint32_t tid = 0; tid < 4; ++tid)
    out.append_id<ThreadId>(ThreadRow{.process = ProcessId{1}, .tid = 4242 + tid});
  const auto paths = call_paths(out, module, run, path_count);
  int64_t time = 1'000'000'000;
  for (uint32_t i = 0; i < shape.samples; ++i) {
    // The least of three draws: the first tenth of the paths has a quarter of the samples.
    const uint64_t at =
        std::min({run.random(path_count), run.random(path_count), run.random(path_count)});
    time += 1'003'009 + static_cast<int64_t>(run.random(20'000));
    out.append(SampleRow{.time = TimeNs{time},
                         .thread = ThreadId{i % 4 + 1},
                         .stack = paths[at],
                         .weight = DurationNs{1'003'009},
                         .cpu = static_cast<uint16_t>(i % 2)});
    if (i % shape.flush_every == shape.flush_every - 1 && !out.writer().flush()) return {};
  }
  write_symbols(out, module, shape, run);
  SyntheticFacts facts{out.writer().row_count(Table::kStacks), out.frames().size(), 0};
  if (!out.writer().finish()) return {};
  facts.bytes = out.writer().bytes_written();
  return facts;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::fprintf(stderr, "usage: make-recording FILE SAMPLES [CALL_PATHS]\n");
    return 2;
  }
  SyntheticShape shape;
  shape.samples = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  const uint64_t path_count = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0;
  const SyntheticFacts facts = path_count > 0 ? write_repeating(argv[1], shape, path_count)
                                              : write_synthetic(argv[1], shape, {});
  if (facts.bytes == 0) {
    std::fprintf(stderr, "make-recording: cannot write %s\n", argv[1]);
    return 1;
  }
  std::printf("{\"samples\": %u, \"stack_rows\": %llu, \"frames\": %llu, \"bytes\": %llu}\n",
              shape.samples, static_cast<unsigned long long>(facts.stacks),
              static_cast<unsigned long long>(facts.frames),
              static_cast<unsigned long long>(facts.bytes));
  return 0;
}
