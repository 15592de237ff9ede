// Packets of Perfetto's format made by hand, for tests.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "exchange/proto_buffer.h"

namespace hone::exchange::perfetto_test {

// A message as it is made: Message().put(1, 7).text(2, "a").in(3, Message()...).
class Message {
 public:
  Message& put(uint32_t field, uint64_t value) {
    to_.put(field, value);
    return *this;
  }
  Message& real(uint32_t field, double value) {
    to_.put_real(field, value);
    return *this;
  }
  Message& fixed(uint32_t field, uint64_t value) {
    to_.put_fixed64(field, value);
    return *this;
  }
  Message& text(uint32_t field, std::string_view value) {
    to_.put_bytes(field, value);
    return *this;
  }
  Message& in(uint32_t field, const Message& inner) { return text(field, inner.bytes()); }
  Message& packed(uint32_t field, std::initializer_list<uint64_t> values) {
    const size_t begun = to_.begin(field);
    for (const uint64_t value : values) to_.put_packed(value);
    to_.end(begun);
    return *this;
  }
  std::string_view bytes() const { return to_.bytes(); }

 private:
  ProtoBuffer to_;
};

inline constexpr uint64_t kBegin = 1, kEnd = 2, kInstant = 3, kCounter = 4;
inline constexpr uint64_t kNegative = UINT64_MAX;  // -1

// Whole packets of one sequence, one behind the other. The first clears its state, and all others
// need it.
class TraceText {
 public:
  explicit TraceText(uint32_t sequence = 1, uint64_t clock = 3) : sequence_(sequence) {
    add(Message().put(13, 1).in(59, Message().put(58, clock)));
  }
  TraceText& add(Message packet) {
    packet.put(10, sequence_);
    text_ += Message().in(1, packet).bytes();
    return *this;
  }
  TraceText& at(uint64_t time, Message packet) { return add(packet.put(8, time).put(13, 2)); }
  TraceText& event(uint64_t time, const Message& event) {
    return at(time, Message().in(11, event));
  }
  TraceText& describe(const Message& track) { return add(Message().in(60, track)); }
  // A thread's track.
  TraceText& thread(uint64_t track, uint64_t pid, uint64_t tid, std::string_view name) {
    return describe(Message().put(1, track).in(4, Message().put(1, pid).put(2, tid).text(5, name)));
  }
  TraceText& begin(uint64_t time, uint64_t track, std::string_view name) {
    return event(time, Message().put(9, kBegin).put(11, track).text(23, name));
  }
  TraceText& end(uint64_t time, uint64_t track) {
    return event(time, Message().put(9, kEnd).put(11, track));
  }
  TraceText& raw(std::string_view bytes) {
    text_ += bytes;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  uint32_t sequence_;
  std::string text_;
};

}  // namespace hone::exchange::perfetto_test
