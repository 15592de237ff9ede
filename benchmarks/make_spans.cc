// make-spans FILE SPANS [SAMPLES]: writes a recording of two threads' spans, in trees of three
// levels with times that vary, and of samples in them, to time what reads them.
#include <cstdio>
#include <cstdlib>

#include "recording/builder.h"

namespace {

using namespace hone;
using namespace hone::recording;

bool write(const char* path, uint64_t count, uint64_t samples) {
  auto writer = Writer::create(path, {});
  if (!writer) return false;
  Builder out(std::move(*writer));
  out.append_id<ProcessId>(ProcessRow{.pid = 4242, .start = TimeNs{1'000'000'000}});
  for (uint32_t tid = 0; tid < 2; ++tid) {
    out.append_id<ThreadId>(ThreadRow{.process = ProcessId{1}, .tid = 4242 + tid});
  }
  for (const char* name : {"Render::Frame", "Physics::World::step", "Physics::narrow"}) {
    out.append_id<SiteId>(SiteRow{.name = out.string(name), .kind = 1, .level = 3});
  }
  int64_t time = 1'000'000'000;
  uint32_t state = 1;
  uint64_t sampled = 0;
  for (uint64_t i = 0; i + 4 <= count; i += 4) {
    state = state * 1664525 + 1013904223;
    const int64_t more = state >> 24;
    const ThreadId thread{1 + static_cast<uint32_t>(i / 4000 % 2)};
    const auto put = [&](uint32_t site, uint8_t depth, int64_t from, int64_t to) {
      out.append(SpanRow{.thread = thread,
                         .end = TimeNs{time + to},
                         .duration = DurationNs{to - from},
                         .site = SiteId{site},
                         .depth = depth});
    };
    put(3, 2, 100, 400 + more);
    put(3, 2, 450 + more, 900 + more);
    put(2, 1, 50, 1000 + more);
    put(1, 0, 0, 1500 + more);
    // Somewhere in the tree, as many as are due.
    for (; sampled * count < samples * (i + 4); ++sampled) {
      out.append(SampleRow{.time = TimeNs{time + static_cast<int64_t>(state % 1500)},
                           .thread = thread,
                           .weight = DurationNs{1'000'000}});
    }
    time += 2017 + more;
  }
  return out.writer().finish().has_value();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr, "usage: make-spans FILE SPANS [SAMPLES]\n");
    return 2;
  }
  const uint64_t samples = argc == 4 ? std::strtoull(argv[3], nullptr, 10) : 0;
  if (!write(argv[1], std::strtoull(argv[2], nullptr, 10), samples)) {
    std::fprintf(stderr, "make-spans: cannot write %s\n", argv[1]);
    return 1;
  }
  return 0;
}
