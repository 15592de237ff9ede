// make-timeline FILE SPANS THREADS: writes a recording of that many nested spans, of threads that
// run frames of a game, to time the timeline of `hone view` over it.
#include <cstdio>
#include <cstdlib>

#include "profile/synthetic_spans.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: make-timeline FILE SPANS THREADS\n");
    return 2;
  }
  const auto threads = static_cast<uint32_t>(std::strtoul(argv[3], nullptr, 10));
  if (threads == 0 || !hone::profile::write_synthetic_spans(
                          argv[1], std::strtoull(argv[2], nullptr, 10), threads)) {
    std::fprintf(stderr, "make-timeline: cannot write %s\n", argv[1]);
    return 1;
  }
  return 0;
}
