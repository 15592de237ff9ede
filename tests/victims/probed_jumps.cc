// Functions that jump to where the run knows: switches, interpreters, and ends in the call of
// another one that is named at run time. What --probe takes for their ends.
//
//   probed_jumps COUNT
//
// Each of the functions is called COUNT times, and calls `sink`, or ends in a jump to it, as said.
#include <stdlib.h>

#define APART extern "C" __attribute__((noinline, noclone))

APART int sink(int x) {
  asm volatile("" ::: "memory");
  return 3 * x;
}

// Another one, which is not probed, and calls sink.
APART int calls_sink(int x) {
  const int once = sink(x);
  asm volatile("" ::: "memory");
  return once + 1;
}

// Its cases are reached by a table. Four of eight call sink, and go on; it has no frame before.
APART int switches(int x) {
  switch (x % 8u) {
    case 0:
      return sink(x) + 7;
    case 1:
      return x * 3;
    case 2:
      return sink(x - 9) + 1;
    case 3:
      return x ^ 5;
    case 4:
      return sink(2) * x;
    case 5:
      return x / 3;
    case 6:
      return sink(x) << 2;
  }
  return 1;
}

using Function = int (*)(int);
struct Object {
  Function first, second, third;
};

APART int ends_by_register(int x, Function next) {
  return next(x + 1);
}

APART int ends_by_member(const Object* object, int x) {
  return object->third(x);
}

extern "C" const Function table[];
APART int ends_by_table(int x, unsigned index) {
  return table[index](x);
}
// Its target calls sink further in.
APART int ends_by_table_in_caller(int x, unsigned index) {
  return table[index](x + 1);
}

// Of one byte each: sink, add, end.
APART int interprets(const unsigned char* code, int x) {
  static const void* const kPlaces[] = {&&call, &&add, &&end};
  goto* kPlaces[*code++];
call:
  x += sink(x);
  goto* kPlaces[*code++];
add:
  x += 5;
  goto* kPlaces[*code++];
end:
  return x;
}

// As compilers make direct threading of it where no frame is needed: through memory by a register;
// and the end through a slot, as with -fno-plt.
extern "C" int threaded(const void* const* code, int x);
extern "C" int ends_by_slot(int x);
extern "C" const void* const threaded_code[];
#if defined(__x86_64__)
asm(R"(
.text
.globl threaded, ends_by_slot, threaded_code
.type threaded, @function
threaded:
  mov %esi, %eax
  jmp *(%rdi)
1:
  add $3, %eax
  add $8, %rdi
  jmp *(%rdi)
2:
  add %eax, %eax
  jmp *8(%rdi)
3:
  ret
.size threaded, . - threaded
.type ends_by_slot, @function
ends_by_slot:
  add $1, %edi
  jmp *4f(%rip)
.size ends_by_slot, . - ends_by_slot
.section .data.rel.ro, "aw"
.balign 8
threaded_code:
  .quad 1b, 1b, 2b, 3b
4:
  .quad sink
.text
)");
#endif

extern "C" {
const Function table[] = {sink, calls_sink};
}

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 10;
  static const Object object = {nullptr, nullptr, sink};
  static const unsigned char code[] = {1, 0, 1, 1, 0, 2};
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    sum += switches(i) + ends_by_register(i, sink) + ends_by_member(&object, i);
    sum += ends_by_table(i, 0) + ends_by_table_in_caller(i, 1) + interprets(code, i);
#if defined(__x86_64__)
    sum += threaded(threaded_code, i) + ends_by_slot(i);
#endif
  }
  return sum == 42;
}
