// Texts that stay: pool and table are made at first use, and cost memory where they are touched.
#include "base/kernel.h"
#include "guest/nvtx/nvtx.h"
#include "guest/nvtx/table.h"

namespace hone::nvtx {

using namespace kernel;

namespace {

uint8_t* pool;
uint64_t pool_used;
Text** texts;

uint64_t hash_of(const char* text, size_t bytes) {
  uint64_t hash = kHashBegin;
  for (size_t i = 0; i < bytes; ++i) hash = hash_with(hash, (uint8_t)text[i]);
  return hash;
}

// The length, of no more than is kept.
size_t bytes_of(const char* text) {
  size_t bytes = 0;
  while (bytes < kTextBytesMax && text[bytes] != '\0') ++bytes;
  return bytes;
}

// How many bytes were written: 1 to 4.
size_t put_utf8(uint32_t code, char* out) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  const size_t bytes = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = bytes - 1; i > 0; --i, code >>= 6) out[i] = (char)(0x80 | (code & 0x3f));
  out[0] = (char)((0xf00 >> bytes & 0xff) | code);
  return bytes;
}

}  // namespace

void* take_memory(size_t bytes) {
  uint8_t* const from = made_once(pool, kPoolBytes);
  const size_t all = (bytes + 15) / 16 * 16;
  if (!from) return nullptr;
  const uint64_t at = __atomic_fetch_add(&pool_used, all, __ATOMIC_RELAXED);
  return at + all > kPoolBytes ? nullptr : from + at;
}

bool is_text(const void* text) {
  const auto* const at = (const uint8_t*)text;
  const uint8_t* const from = __atomic_load_n(&pool, __ATOMIC_ACQUIRE);
  return from && at >= from && at < from + kPoolBytes && (at - from) % 16 == 0;
}

const Text* intern(const char* text) {
  const size_t bytes = bytes_of(text);
  const uint64_t hash = hash_of(text, bytes);
  return find_or_make(
      texts, kTextsMax, hash,
      [&](const Text& known) {
        return known.hash == hash && known.bytes == bytes &&
               __builtin_memcmp(known.text, text, bytes) == 0;
      },
      [&]() -> Text* {
        auto* const made = (Text*)take_memory(sizeof(Text) + bytes + 1);
        if (!made) return nullptr;
        made->hash = hash;
        made->bytes = (uint32_t)bytes;
        __builtin_memcpy(made->text, text, bytes);
        made->text[bytes] = '\0';
        return made;
      });
}

const char* narrow(const wide_t* wide, char (&out)[kTextBytesMax + 1]) {
  size_t at = 0;
  for (; *wide != 0 && at + 4 <= kTextBytesMax; ++wide) {
    const uint32_t code = (uint32_t)*wide;
    const bool is_character = code < 0x110000 && (code < 0xd800 || code > 0xdfff);
    at += put_utf8(is_character ? code : 0xfffd, out + at);
  }
  out[at] = '\0';
  return out;
}

}  // namespace hone::nvtx
