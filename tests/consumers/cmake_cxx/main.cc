#include <hone/hone.h>

int static_on();
int static_off();
int shared_on();
int shared_off();

namespace {
struct Lifetime {
  Lifetime() { HONE_SPAN("constructor"); }
  ~Lifetime() { HONE_SPAN("destructor"); }
} lifetime;
}  // namespace

int main() {
  int sum = 0;
  for (int i = 0; i < 5; ++i) {
    HONE_SPAN("main");
    sum += static_on() + static_off() + shared_on() + shared_off();
  }
  return sum == 40 ? 0 : 1;
}
