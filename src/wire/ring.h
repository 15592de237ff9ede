// Records in a thread's ring. One writer (the thread itself, in its signal handler), one reader
// (the recorder), neither waits for the other. Guest-safe and async-signal-safe.
//
// A record starts at a multiple of 8 and never wraps: where the rest of the ring is too short, a
// kPadding record fills it.
//
//   0        4       6       8
//   | bytes  | kind  | count | time_ns                                     RecordHeader
//   16               20      22    23    24
//   | weight_ns      | cpu   | end | flags |                               SampleRecord
//   24
//   | address[count] ...                                                   kFrames
//   | register[count] | stack_start | stack_bytes | stack, to a multiple of 8   kStack
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wire/control.h"

namespace hone::wire {

enum class RecordKind : uint16_t {
  kPadding = 0,
  kFrames = 1,  // walked: addresses to look up, innermost first (return addresses less one)
  kStack = 2,   // not walked: registers by DWARF number from 0, and the top of the stack
};

struct RecordHeader {
  uint32_t bytes;  // of all, with this header
  uint16_t kind;
  uint16_t count;
  int64_t time_ns;
};
struct SampleRecord {
  RecordHeader header;
  uint32_t weight_ns;  // CPU time that it stands for
  uint16_t cpu;
  uint8_t end;  // unwind::WalkEnd
  uint8_t flags;
};
static_assert(sizeof(SampleRecord) == 24);
inline constexpr uint8_t kByFramePointers = 1;
inline constexpr uint8_t kStackCut = 2;  // there is more above the copy

inline constexpr uint32_t kFramesMax = 2048;  // of a record
inline constexpr uint32_t kRegistersMax = 33;
inline constexpr uint32_t kStackBytesMax = 64 << 10;

// Room for `bytes` (a multiple of 8) at the head of the ring, nullptr when it is full. Nothing is
// seen of it before publish().
struct Room {
  uint8_t* at;
  uint64_t head;  // after it
};
inline Room make_room(RingEntry& entry, uint8_t* ring, uint32_t ring_bytes, uint32_t bytes) {
  uint64_t head = entry.head;
  const uint64_t tail = load_acquire(entry.tail);
  const auto offset = static_cast<uint32_t>(head & (ring_bytes - 1));
  const uint32_t rest = ring_bytes - offset;
  const uint32_t padding = rest < bytes ? rest : 0;
  // A reader that is out of its mind may claim any tail: then there is no room.
  if (head - tail > ring_bytes || ring_bytes - (head - tail) < uint64_t{padding} + bytes)
    return {nullptr, 0};
  if (padding != 0) {
    auto* header = reinterpret_cast<RecordHeader*>(ring + offset);
    header->bytes = padding;
    header->kind = static_cast<uint16_t>(RecordKind::kPadding);
    head += padding;
  }
  return {ring + (head & (ring_bytes - 1)), head + bytes};
}
inline void publish(RingEntry& entry, const Room& room) {
  store_release(entry.head, room.head);
}

}  // namespace hone::wire
