// A library that marks what it does, with a libhone of its own; or, built off, does not.
#include <hone/hone.h>

namespace {
struct Lifetime {
  Lifetime() { HONE_SPAN("library loaded"); }
  ~Lifetime() { HONE_SPAN("library unloaded"); }
} lifetime;
}  // namespace

extern "C" __attribute__((visibility("default"))) int library_work(int times) {
  int sum = 0;
  for (int i = 0; i < times; ++i) {
    HONE_SPAN("in the library", "i", i);
    HONE_PLOT("library's plot", i);
    sum += i;
  }
  return sum;
}

extern "C" __attribute__((visibility("default"))) int library_never() {
  HONE_SPAN("never in the library");
  HONE_PLOT("never plotted", 1);
  return 0;
}
