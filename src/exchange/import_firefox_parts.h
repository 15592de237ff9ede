// A profile of Firefox Profiler as it is read: columns, kept until the end of the file, since what
// they refer to may stand behind them. For import_firefox*.cc alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "exchange/intake.h"
#include "exchange/json_stream.h"

namespace hone::exchange::firefox_import {

inline constexpr int64_t kNone = -1;           // of an index
inline constexpr int64_t kNoTime = INT64_MIN;  // ns

// Of a thread, or, in newer files, of all of them.
struct Tables {
  std::vector<std::string> texts;
  std::vector<int64_t> stack_frame, stack_prefix, stack_prefix_offset;
  std::vector<int64_t> frame_func, frame_line, frame_lib;
  std::vector<int64_t> func_name, func_resource, func_file, func_source, func_line;
  std::vector<int64_t> resource_lib;
  std::vector<int64_t> source_name;

  // Takes the member when it is one of the tables.
  bool take(std::string_view key, JsonStream& at);
};

// Times of a table, whichever way they are written: in ns.
struct TimeColumns {
  PackedNumbers time, delta;
};
class TimeReader {
 public:
  explicit TimeReader(const TimeColumns& of)
      : is_sum_(of.time.size() == 0), at_(is_sum_ ? of.delta : of.time) {}
  // kNoTime: it has none, or there are no more.
  int64_t next();

 private:
  bool is_sum_;
  PackedNumbers::Reader at_;
  int64_t sum_ = 0;
};

struct SampleColumns {
  PackedNumbers stack;
  TimeColumns times;
  PackedReals weight, cpu;
  std::string weight_type;
  void take(JsonStream& at);
};
// One of them at a time.
struct SampleReader {
  explicit SampleReader(const SampleColumns& of)
      : stacks(of.stack), times(of.times), weights(of.weight), cpus(of.cpu) {}
  bool next();

  PackedNumbers::Reader stacks;
  TimeReader times;
  PackedReals::Reader weights, cpus;
  int64_t stack = kNone, time = kNoTime;
  double weight = 0, cpu = 0;  // not a number: there is none
  size_t index = SIZE_MAX;     // of that one
};

struct MarkerColumns {
  std::vector<int64_t> name, start, end, phase, category;
  std::string payloads;              // one behind the other
  std::vector<size_t> payload_ends;  // in them
  void take(JsonStream& at);
  std::string_view payload(size_t i) const;
};

struct ThreadColumns {
  std::string name, process_name, pid, tid;
  Tables tables;
  SampleColumns samples, allocations;
  MarkerColumns markers;
};

struct CounterColumns {
  std::string name, category;
  int64_t thread = 0;
  TimeColumns times;
  PackedReals count;
};

struct Meta {
  int64_t version = 0;
  double interval_ms = 0, start_ms = 0;
  std::string product, cpu_unit, time_unit;
  std::vector<std::string> categories;
  // "type/key" of what is a number of a text.
  std::unordered_set<std::string> text_fields;
  void take(JsonStream& at);
};

// What of a file is made a recording, when all of it is there.
class Writer {
 public:
  Writer(Intake& to, const Meta& meta, const std::vector<std::string>& libs, const Tables& shared)
      : to_(to), meta_(meta), libs_(libs), shared_(shared) {}
  void write(const ThreadColumns& of);
  void write(const CounterColumns& of);
  bool has_samples() const { return has_samples_; }

 private:
  void write_samples(const SampleColumns& of, ThreadId thread, const std::vector<StackId>& stacks);
  void write_costs(const SampleColumns& of, ThreadId thread, const std::vector<StackId>& stacks,
                   bool of_allocations);
  void write_markers(const MarkerColumns& of, ThreadId thread, const Tables& texts);
  void write_payload(std::string_view payload, ThreadId thread, TimeNs time, SiteId site,
                     const Tables& texts);
  std::vector<StackId> stacks_of_tables(const Tables& of);
  FrameId frame_of(const Tables& of, const Tables& texts, size_t frame);
  ThreadId thread_of(const ThreadColumns& of);
  int64_t weight_of(const SampleColumns& of, const SampleReader& at);

  Intake& to_;
  const Meta& meta_;
  const std::vector<std::string>& libs_;
  const Tables& shared_;
  std::vector<StackId> shared_stacks_;
  bool has_shared_stacks_ = false, has_samples_ = false;
  std::vector<ThreadId> threads_;
  std::unordered_map<std::string, int64_t> pids_;
  std::unordered_set<uint64_t> used_;  // pid << 32 | tid
  std::string room_, other_room_;
};

}  // namespace hone::exchange::firefox_import
