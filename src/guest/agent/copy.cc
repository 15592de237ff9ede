// Our own memcpy() and memset(), for what the compiler does not write out in place: the program's
// may be another's. A sanitizer takes its place before libc's, and calls it a fault of the
// program's when a handler copies a stack, with all that lies between its variables.
#include <stddef.h>
#include <stdint.h>

// The compiler knows these names, and gives them no other visibility.
__asm__(
    ".hidden memcpy\n"
    ".hidden memset\n");

extern "C" {

#if defined(__x86_64__)

void* memcpy(void* to, const void* from, size_t bytes) {
  void* at = to;
  __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(bytes) : : "memory");
  return to;
}

void* memset(void* to, int value, size_t bytes) {
  void* at = to;
  __asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(value) : "memory");
  return to;
}

#else

// So that the compiler sees no memcpy() in it.
inline void hide_loop() {
  __asm__ volatile("" : : : "memory");
}

void* memcpy(void* to, const void* from, size_t bytes) {
  auto* out = (uint8_t*)to;
  const auto* in = (const uint8_t*)from;
  constexpr size_t kWord = sizeof(uint64_t);
  if (((uint64_t)out | (uint64_t)in) % kWord == 0) {
    for (; bytes >= kWord; bytes -= kWord, out += kWord, in += kWord) {
      *(uint64_t*)out = *(const uint64_t*)in;
      hide_loop();
    }
  }
  for (; bytes > 0; --bytes) {
    *out++ = *in++;
    hide_loop();
  }
  return to;
}

void* memset(void* to, int value, size_t bytes) {
  for (auto* out = (uint8_t*)to; bytes > 0; --bytes) {
    *out++ = (uint8_t)value;
    hide_loop();
  }
  return to;
}

#endif
}
