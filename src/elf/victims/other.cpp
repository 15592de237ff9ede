// A second unit, so that units differ and share types.
#include "shapes.h"

__attribute__((noinline)) int SharedType::member(int x) const {
  asm volatile(".globl mark_member\nmark_member: nop");  // line: member
  return first + x;
}

int other_unit(int x) {
  SharedType shared{x, 2};
  return shared.member(x);
}
