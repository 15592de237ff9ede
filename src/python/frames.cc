#include "python/frames.h"

#include <cstring>

namespace hone::python {
namespace {

constexpr unsigned kInterpretersMax = 64;
constexpr unsigned kThreadsMax = 4096;
// Objects begin with a count and the address of their type; those of varying size have it behind.
constexpr uint64_t kTypeAt = 8, kSizeAt = 16;
constexpr uint64_t kBytesAt = 32;
// Of PyASCIIObject: the length in characters, and bits that say how these are kept.
constexpr uint64_t kTextLengthAt = 16, kTextStateAt = 32;
// PyDictObject and PyDictKeysObject.
constexpr uint64_t kDictKeysAt = 32;
constexpr uint64_t kKeysIndexBytesLogAt = 9, kKeysKindAt = 10, kKeysCountAt = 24, kKeysIndexAt = 32;
constexpr uint8_t kKeysAreTexts = 1;
constexpr uint64_t kNamesLookedAt = 16;
constexpr uint64_t kBytecodeUnitsMax = uint64_t{1} << 26;
constexpr uint64_t kTextMax = uint64_t{1} << 30;

template <class T>
bool read(const Source& source, uint64_t address, T* out) {
  return source.memory.read(source.memory.context, address, out, sizeof *out);
}

bool is_object_address(uint64_t address) {
  return address >= 4096 && address % 8 == 0 && address < uint64_t{1} << 56;
}

size_t put_utf8(uint32_t c, char* out, size_t room) {
  char bytes[4];
  size_t count = 0;
  if (c < 0x80) {
    bytes[count++] = static_cast<char>(c);
  } else if (c < 0x800) {
    bytes[count++] = static_cast<char>(0xc0 | c >> 6);
    bytes[count++] = static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    bytes[count++] = static_cast<char>(0xe0 | c >> 12);
    bytes[count++] = static_cast<char>(0x80 | (c >> 6 & 0x3f));
    bytes[count++] = static_cast<char>(0x80 | (c & 0x3f));
  } else {
    bytes[count++] = static_cast<char>(0xf0 | (c >> 18 & 7));
    bytes[count++] = static_cast<char>(0x80 | (c >> 12 & 0x3f));
    bytes[count++] = static_cast<char>(0x80 | (c >> 6 & 0x3f));
    bytes[count++] = static_cast<char>(0x80 | (c & 0x3f));
  }
  if (count > room) return 0;
  std::memcpy(out, bytes, count);
  return count;
}

}  // namespace

bool is_thread(const Source& source, uint64_t thread, uint64_t native_id) {
  uint64_t id = 0;
  return is_object_address(thread) && read(source, thread + source.layout->thread_native_id, &id) &&
         id == native_id;
}

uint64_t find_thread(const Source& source, uint64_t runtime, uint64_t native_id) {
  const Layout& layout = *source.layout;
  uint64_t interpreter = 0;
  if (!read(source, runtime + layout.runtime_interpreters, &interpreter)) return 0;
  unsigned threads = 0;
  for (unsigned i = 0; i < kInterpretersMax && is_object_address(interpreter); ++i) {
    uint64_t thread = 0;
    if (!read(source, interpreter + layout.interpreter_threads, &thread)) return 0;
    while (is_object_address(thread) && ++threads <= kThreadsMax) {
      if (is_thread(source, thread, native_id)) return thread;
      if (!read(source, thread + layout.thread_next, &thread)) return 0;
    }
    if (!read(source, interpreter + layout.interpreter_next, &interpreter)) return 0;
  }
  return 0;
}

uint64_t innermost_cframe(const Source& source, uint64_t thread) {
  uint64_t cframe = 0;
  if (source.layout->thread_cframe == kAbsent) return 0;
  if (!read(source, thread + source.layout->thread_cframe, &cframe)) return 0;
  return is_object_address(cframe) ? cframe : 0;
}

Err read_cframe(const Source& source, uint64_t address, CFrame* out) {
  if (!is_object_address(address)) return Err::kCorrupt;
  if (!read(source, address + source.layout->cframe_frame, &out->frame) ||
      !read(source, address + source.layout->cframe_previous, &out->previous)) {
    return Err::kTruncated;
  }
  return Err::kOk;
}

uint64_t innermost_frame(const Source& source, uint64_t thread) {
  if (source.layout->thread_frame != kAbsent) {
    uint64_t frame = 0;
    return read(source, thread + source.layout->thread_frame, &frame) ? frame : 0;
  }
  CFrame cframe;
  const uint64_t at = innermost_cframe(source, thread);
  return at != 0 && read_cframe(source, at, &cframe) == Err::kOk ? cframe.frame : 0;
}

Err read_frame(const Source& source, uint64_t address, Frame* out) {
  const Layout& layout = *source.layout;
  // All of the fields lie in its first bytes.
  uint8_t bytes[72];
  if (!is_object_address(address)) return Err::kCorrupt;
  if (!source.memory.read(source.memory.context, address, bytes, sizeof bytes))
    return Err::kTruncated;
  const auto word = [&](uint16_t at) {
    uint64_t value = 0;
    std::memcpy(&value, bytes + at, sizeof value);
    return value;
  };
  *out = {.code = word(layout.frame_code),
          .previous = word(layout.frame_previous),
          .globals = word(layout.frame_globals),
          .instruction = word(layout.frame_instruction)};
  if (layout.frame_is_entry != kAbsent) {
    if (bytes[layout.frame_is_entry] > 1 || bytes[layout.frame_owner] > 2) return Err::kCorrupt;
    out->outermost = bytes[layout.frame_is_entry] == 1;
  } else {
    if (bytes[layout.frame_owner] > layout.owner_c_stack) return Err::kCorrupt;
    out->outermost = out->is_shim = bytes[layout.frame_owner] == layout.owner_c_stack;
  }
  if (!out->is_shim && !is_object_address(out->code)) return Err::kCorrupt;
  return Err::kOk;
}

Err read_code(const Source& source, uint64_t address, Code* out) {
  const Layout& layout = *source.layout;
  if (!is_object_address(address)) return Err::kCorrupt;
  // Up to the bytecode, which begins behind the last of the fields.
  uint8_t bytes[256];
  if (!source.memory.read(source.memory.context, address, bytes, layout.code_bytecode)) {
    return Err::kTruncated;
  }
  const auto word = [&](uint64_t at) {
    uint64_t value = 0;
    std::memcpy(&value, bytes + at, sizeof value);
    return value;
  };
  const uint64_t units = word(kSizeAt);
  if (word(kTypeAt) != source.code_type || units == 0 || units > kBytecodeUnitsMax) {
    return Err::kCorrupt;
  }
  out->file = word(layout.code_file);
  out->name = word(layout.code_name);
  out->qualified_name = word(layout.code_qualified_name);
  out->lines = word(layout.code_lines);
  std::memcpy(&out->first_line, bytes + layout.code_first_line, sizeof out->first_line);
  if (out->first_line > INT32_MAX) out->first_line = 0;
  out->bytecode = address + layout.code_bytecode;
  out->bytecode_end = out->bytecode + units * 2;
  return Err::kOk;
}

Err read_text(const Source& source, uint64_t address, char* out, size_t out_bytes, size_t* length) {
  *length = 0;
  if (!is_object_address(address)) return Err::kCorrupt;
  uint64_t characters = 0;
  uint32_t state = 0;
  if (!read(source, address + kTextLengthAt, &characters) ||
      !read(source, address + kTextStateAt, &state)) {
    return Err::kTruncated;
  }
  // interned:2 kind:3 compact:1 ascii:1, of all versions known.
  const uint32_t width = state >> 2 & 7;
  const bool compact = (state >> 5 & 1) != 0, ascii = (state >> 6 & 1) != 0;
  if (!compact || (width != 1 && width != 2 && width != 4) || (ascii && width != 1) ||
      characters > kTextMax) {
    return Err::kCorrupt;
  }
  uint64_t at = address + (ascii ? source.layout->text_ascii : source.layout->text_other);
  while (characters > 0) {
    uint8_t piece[256];
    const uint64_t here = characters < sizeof piece / width ? characters : sizeof piece / width;
    if (!source.memory.read(source.memory.context, at, piece, here * width)) return Err::kTruncated;
    for (uint64_t i = 0; i < here; ++i) {
      uint32_t c = 0;
      std::memcpy(&c, piece + i * width, width);
      const size_t put = put_utf8(c, out + *length, out_bytes - *length);
      if (put == 0) return Err::kOk;
      *length += put;
    }
    at += here * width;
    characters -= here;
  }
  return Err::kOk;
}

Err read_bytes(const Source& source, uint64_t address, uint8_t* out, size_t out_bytes,
               size_t* length) {
  *length = 0;
  uint64_t size = 0;
  if (!is_object_address(address)) return Err::kCorrupt;
  if (!read(source, address + kSizeAt, &size)) return Err::kTruncated;
  if (size > out_bytes) return Err::kLimitExceeded;
  if (!source.memory.read(source.memory.context, address + kBytesAt, out, size))
    return Err::kTruncated;
  *length = size;
  return Err::kOk;
}

Err read_name_in(const Source& source, uint64_t dict, const char* key, char* out, size_t out_bytes,
                 size_t* length) {
  *length = 0;
  uint64_t keys = 0, count = 0;
  uint8_t index_bytes_log = 0, kind = 0;
  if (!is_object_address(dict)) return Err::kCorrupt;
  if (!read(source, dict + kDictKeysAt, &keys)) return Err::kTruncated;
  if (!is_object_address(keys)) return Err::kCorrupt;
  if (!read(source, keys + kKeysIndexBytesLogAt, &index_bytes_log) ||
      !read(source, keys + kKeysKindAt, &kind) || !read(source, keys + kKeysCountAt, &count)) {
    return Err::kTruncated;
  }
  if (index_bytes_log > 40 || kind > 2) return Err::kCorrupt;
  // Entries: hash, key and value; or, where all keys are texts, key and value.
  const bool texts = kind == kKeysAreTexts;
  const uint64_t entry_bytes = texts ? 16 : 24;
  uint64_t at = keys + kKeysIndexAt + (uint64_t{1} << index_bytes_log);
  for (uint64_t i = 0; i < count && i < kNamesLookedAt; ++i, at += entry_bytes) {
    uint64_t pair[2];
    if (!read(source, at + (texts ? 0 : 8), &pair)) return Err::kTruncated;
    char name[64];
    size_t name_length = 0;
    if (read_text(source, pair[0], name, sizeof name, &name_length) != Err::kOk) continue;
    if (name_length != std::strlen(key) || std::memcmp(name, key, name_length) != 0) continue;
    return read_text(source, pair[1], out, out_bytes, length);
  }
  return Err::kNotFound;
}

bool LineRanges::take(uint32_t* value) {
  uint64_t out = 0;
  for (unsigned shift = 0;; shift += 6) {
    if (at_ == end_ || shift > 30) return false;
    const uint8_t byte = *at_++;
    out |= static_cast<uint64_t>(byte & 0x3f) << shift;
    if (!(byte & 0x40)) break;
  }
  *value = static_cast<uint32_t>(out);
  return true;
}

// Objects/locations.md of CPython: a first byte of 1, four bits of kind and three of length less
// one, then what the kind asks for.
bool LineRanges::next(LineRange* out) {
  if (at_ == end_) return false;
  const uint8_t first = *at_++;
  if (!(first & 0x80)) return false;
  const unsigned kind = first >> 3 & 15;
  const uint32_t units = (first & 7u) + 1;
  constexpr unsigned kNoLocation = 15, kLong = 14, kNoColumns = 13, kOneLine = 10;
  constexpr uint32_t kPositionMax = uint32_t{1} << 28;
  if (position_ > kPositionMax) return false;
  uint32_t value = 0;
  if (kind == kLong || kind == kNoColumns) {
    if (!take(&value)) return false;
    line_ += value & 1 ? -static_cast<int64_t>(value >> 1) : static_cast<int64_t>(value >> 1);
    if (kind == kLong && (!take(&value) || !take(&value) || !take(&value))) return false;
  } else if (kind != kNoLocation) {
    const unsigned more = kind >= kOneLine ? 2 : 1;
    if (kind >= kOneLine) line_ += kind - kOneLine;
    if (end_ - at_ < static_cast<ptrdiff_t>(more)) return false;
    at_ += more;
  }
  if (line_ < 0 || line_ > INT32_MAX) return false;
  out->begin = position_;
  position_ += units * 2;
  out->end = position_;
  out->line = kind == kNoLocation ? 0 : static_cast<uint32_t>(line_);
  return true;
}

}  // namespace hone::python
