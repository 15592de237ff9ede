// A program with known truth. The labels mark_* are addresses that the tests look up; the line of
// a call is the one whose comment says so.
#include "shapes.h"

#include <cstdio>
#include <cstdlib>

namespace shapes {
namespace {

__attribute__((always_inline)) inline int leaf(int x) {
  asm volatile(".globl mark_leaf\nmark_leaf: nop");  // line: leaf
  return x * 3;
}

}  // namespace

struct Box {
  int value;
  __attribute__((always_inline)) int middle(int x) {
    return leaf(x) + value;  // line: middle
  }
};

__attribute__((noinline)) int outer(Box& box, int x) {
  return box.middle(x) * 2;  // line: outer
}

}  // namespace shapes

extern "C" __attribute__((noinline)) int plain_function(int x) {
  asm volatile(".globl mark_plain\nmark_plain: nop");  // line: plain
  return x + 1;
}

static __attribute__((noinline)) int local_function(int x) {
  asm volatile(".globl mark_local\nmark_local: nop");
  return x + 2;
}

// As C libraries do it: an internal name for calls within, and the one that everybody knows.
extern "C" __attribute__((noinline)) int aliased(int x) __asm__("__internal_aliased");
extern "C" int known_to_all(int x) __attribute__((alias("__internal_aliased")));
int aliased(int x) {
  asm volatile(".globl mark_aliased\nmark_aliased: nop");
  return x + 3;
}

int main(int argc, char**) {
  shapes::Box box{argc};
  const int sum = shapes::outer(box, argc) + plain_function(argc) + local_function(argc) +
                  other_unit(argc) + aliased(argc);
  std::puts("done");
  return sum == 123456 ? std::atoi("1") : 0;
}
