// For benchmarks: a recording of very many spans of several threads, in chunks as recorders write
// them.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "profile/span_chunk.h"
#include "recording/builder.h"

namespace hone::profile {

inline constexpr int64_t kSyntheticSpansStart = 1'000'000'000;

// Frames of a game: trees four levels deep, some hundred spans each, in bursts with pauses between;
// one span lies around all of a thread.
class SyntheticSpans {
 public:
  SyntheticSpans(recording::Writer& writer, uint32_t id, uint64_t spans)
      : writer_(writer), id_(id), left_(spans), random_(id) {}

  void write() {
    while (left_ > 1) frame();
    is_last_ = true;
    put(1, 0, kSyntheticSpansStart - 10, time_ + 10);
    put_span_chunk(writer_, ThreadId{id_}, rows_);
  }

 private:
  static constexpr size_t kChunkRows = 16'384;  // as recorders have it

  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_()) % n; }
  void put(uint32_t site, uint8_t depth, int64_t from, int64_t to) {
    if (left_ <= 1 && !is_last_) return;  // the last one is that around all others
    --left_;
    rows_.end_ns.push_back(static_cast<uint64_t>(to));
    rows_.duration_ns.push_back(static_cast<uint64_t>(to - from));
    rows_.site.push_back(site);
    rows_.depth.push_back(depth);
    if (rows_.size() < kChunkRows || is_last_) return;
    put_span_chunk(writer_, ThreadId{id_}, rows_);
    rows_.resize(0);
  }
  void frame() {
    const int64_t frame = time_;
    for (uint32_t pass = 0; pass < 10; ++pass) {
      const int64_t system = time_;
      for (uint32_t job = 1 + below(20); job > 0; --job) {
        const int64_t outer = time_ += 40;
        for (uint32_t leaf = below(4); leaf > 0; --leaf) {
          const int64_t from = time_ += 20 + below(30);
          time_ += 30 + below(400);
          put(100 + below(100), 4, from, time_);
        }
        time_ += 30;
        put(20 + below(80), 3, outer, time_);
      }
      time_ += 50;
      put(10 + pass, 2, system, time_);
    }
    time_ += 100;
    put(2, 1, frame, time_);
    time_ += 20'000 + below(below(16) == 0 ? 2'000'000 : 40'000);
  }

  recording::Writer& writer_;
  const uint32_t id_;
  uint64_t left_;
  bool is_last_ = false;
  std::mt19937 random_;
  int64_t time_ = kSyntheticSpansStart;
  SpanColumns rows_;
};

inline bool write_synthetic_spans(const std::string& path, uint64_t spans, uint32_t threads) {
  auto writer = recording::Writer::create(path, {});
  if (!writer) return false;
  recording::Builder out(std::move(*writer));
  out.append_id<ProcessId>(recording::ProcessRow{.pid = 7, .start = TimeNs{kSyntheticSpansStart}});
  for (uint32_t i = 0; i < 200; ++i) {
    out.append(
        recording::SiteRow{.name = out.string("Site::number" + std::to_string(i)), .kind = 1});
  }
  for (uint32_t id = 1; id <= threads; ++id) {
    out.append_id<ThreadId>(recording::ThreadRow{.process = ProcessId{1}, .tid = id});
    SyntheticSpans(out.writer(), id, spans / threads).write();
  }
  return out.writer().finish().has_value();
}

}  // namespace hone::profile
