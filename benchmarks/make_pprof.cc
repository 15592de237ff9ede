// make-pprof FILE MEGABYTES: writes a profile of pprof, not packed, of about that size: stacks that
// a random walk over a call graph makes, with inlined calls, in the order in which Go writes them.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "exchange/proto_buffer.h"

namespace {

using hone::exchange::ProtoBuffer;

constexpr uint32_t kFunctions = 20'000, kLocations = 60'000, kCallees = 4;

struct Random {
  uint64_t state = 1;
  uint32_t below(uint32_t limit) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>((state >> 33) % limit);
  }
};

class Writer {
 public:
  explicit Writer(std::FILE* out) : out_(out) {}

  bool write(uint64_t bytes) {
    put_type(1, 2);
    put_type(3, 4);
    while (written_ < bytes) put_sample();
    for (uint32_t id = 1; id <= kLocations; ++id) put_location(id);
    for (uint32_t id = 1; id <= kFunctions; ++id) put_function(id);
    const size_t mapping = message_.begin(3);
    message_.put(1, 1);
    message_.put(5, 5);
    message_.put(7, 1);
    message_.end(mapping);
    for (const char* text : {"", "samples", "count", "cpu", "nanoseconds", "/usr/bin/app"}) {
      message_.put_text(6, text);
    }
    for (uint32_t id = 1; id <= kFunctions; ++id) {
      message_.put_text(6, "github.com/somebody/project/package" + std::to_string(id % 300) +
                               ".(*Type).method" + std::to_string(id));
    }
    flush();
    return std::ferror(out_) == 0;
  }

 private:
  void put_type(uint64_t type, uint64_t unit) {
    const size_t begun = message_.begin(1);
    message_.put(1, type);
    message_.put(2, unit);
    message_.end(begun);
  }

  // From a place on, calls go to one of the few places that it calls, mostly to the first.
  static uint32_t callee(uint32_t place, uint32_t which) {
    return 1 + (place * 2654435761u + which * 40503u) % kLocations;
  }

  void put_sample() {
    stack_.clear();
    uint32_t at = 1 + random_.below(20);
    const uint32_t depth = 8 + random_.below(32);
    for (uint32_t i = 0; i < depth; ++i) {
      stack_.push_back(at);
      at = callee(at, random_.below(3) != 0 ? 0 : random_.below(kCallees));
    }
    const size_t begun = message_.begin(2);
    const size_t locations = message_.begin(1);
    for (size_t i = stack_.size(); i-- > 0;) message_.put_packed(stack_[i]);
    message_.end(locations);
    const size_t values = message_.begin(2);
    const uint64_t samples = 1 + random_.below(9);
    message_.put_packed(samples);
    message_.put_packed(samples * 10'000'000);
    message_.end(values);
    message_.end(begun);
    flush();
  }

  void put_location(uint32_t id) {
    const size_t begun = message_.begin(4);
    message_.put(1, id);
    message_.put(2, 1);
    message_.put(3, 0x400000 + uint64_t{id} * 16);
    for (uint32_t level = 0; level <= id % 3 / 2; ++level) {
      const size_t line = message_.begin(4);
      message_.put(1, 1 + (id + level * 7) % kFunctions);
      message_.put(2, 10 + id % 500);
      message_.end(line);
    }
    message_.end(begun);
    flush();
  }

  void put_function(uint32_t id) {
    const size_t begun = message_.begin(5);
    message_.put(1, id);
    message_.put(2, 5 + id);
    message_.put(4, 5 + id);
    message_.end(begun);
    flush();
  }

  void flush() {
    const std::string_view bytes = message_.bytes();
    std::fwrite(bytes.data(), 1, bytes.size(), out_);
    written_ += bytes.size();
    message_.clear();
  }

  std::FILE* out_;
  ProtoBuffer message_;
  Random random_;
  std::vector<uint32_t> stack_;
  uint64_t written_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: make-pprof FILE MEGABYTES\n");
    return 2;
  }
  std::FILE* out = std::fopen(argv[1], "wb");
  const bool is_written =
      out != nullptr && Writer(out).write(std::strtoull(argv[2], nullptr, 10) * 1'000'000);
  if (out == nullptr || std::fclose(out) != 0 || !is_written) {
    std::fprintf(stderr, "make-pprof: cannot write %s\n", argv[1]);
    return 1;
  }
  return 0;
}
