// Samples that stand beside the events of Chrome's format: "samples", whose "sf" names a member of
// "stackFrames". Written by React Native (Hermes), by converters of perf and DTrace.
// Source: "Trace Event Format", Google, "Global Samples" and "Stack Frames".
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/intake.h"
#include "exchange/json_scan.h"

namespace hone::exchange::chrome_import {

// Either may stand first in the file, and a frame before the one that called it: all is kept until
// the end. Not thread-safe.
class Stacks {
 public:
  explicit Stacks(Intake& to) : to_(to) {}

  // A member of "stackFrames"; `at` stands before its value. Nothing is taken unless it is good
  // afterwards.
  void take_frame(std::string_view id, JsonScan& at);
  // The next element of "samples", in the same way.
  void take_sample(JsonScan& at);

  // Bytes that are kept.
  size_t held() const { return held_; }

  // Writes the samples.
  void finish();

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Frame {
    FrameId code{};
    uint32_t parent = kNone;
    StackId stack{};
    uint32_t depth = 0;
    bool is_told = false, is_begun = false, is_done = false;
  };
  struct Sample {
    ThreadId thread{};
    uint32_t frame = kNone;
    TimeNs time{};
  };
  uint32_t number_of(std::string_view id);
  FrameId code_of(std::string_view name, bool is_script);
  StackId stack_of(uint32_t frame);

  Intake& to_;
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<Frame> frames_;
  std::vector<Sample> samples_;
  std::vector<uint32_t> path_;
  std::string room_;
  size_t held_ = 0;
  uint64_t not_told_ = 0;
};

}  // namespace hone::exchange::chrome_import
