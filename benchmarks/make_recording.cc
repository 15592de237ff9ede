// make-recording FILE SAMPLES: writes a recording in the shape of a compiler's run, with symbols,
// to time opening it.
#include <cstdio>
#include <cstdlib>

#include "recording/synthetic.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: make-recording FILE SAMPLES\n");
    return 2;
  }
  hone::recording::SyntheticShape shape;
  shape.samples = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  const auto facts = hone::recording::write_synthetic(argv[1], shape, {});
  if (facts.bytes == 0) {
    std::fprintf(stderr, "make-recording: cannot write %s\n", argv[1]);
    return 1;
  }
  std::printf("{\"samples\": %u, \"stacks\": %llu, \"frames\": %llu, \"bytes\": %llu}\n",
              shape.samples, static_cast<unsigned long long>(facts.stacks),
              static_cast<unsigned long long>(facts.frames),
              static_cast<unsigned long long>(facts.bytes));
  return 0;
}
