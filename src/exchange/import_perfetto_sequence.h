// What packets of one sequence rest on: names and places by number, and what goes without saying.
// All of it begins anew where a packet says so. For import_perfetto.cc and its parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/import_perfetto_numbers.h"
#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

struct Text {
  std::string text;
  StringId id{};  // of arguments' values, once one was asked for
};
struct Place {
  std::string file, function;
  uint32_t line = 0;
};
// A name of events. Those that are of one category and at one place, as most are, keep their site.
struct EventName {
  std::string text;
  uint64_t category = 0, place = 0;
  SiteId site{};
  uint8_t kind = 0;
};
struct Mapping {
  std::string path;
};
struct Frame {
  uint64_t function = 0, mapping = 0, address = 0, path = 0;
  uint32_t line = 0;
  FrameId frame{};  // once it was asked for
};
struct Callstack {
  std::vector<uint64_t> frames;  // the outermost first; empty once it was asked for
  StackId stack{};
  bool is_made = false;
};
// How samples of a sequence are taken.
struct Timebase {
  uint64_t period = 0, frequency = 0, counter = 0;
  bool is_other = false;  // of a tracepoint, or of an event that only the CPU's maker names
  std::string name;
};
struct GpuSpecification {
  std::string name;
};

struct Sequence {
  uint32_t number = 0;
  bool is_whole = false;  // its state was cleared, and nothing was lost since
  bool was_seen = false;

  ByNumber<EventName> event_names;
  ByNumber<Text> categories, argument_names, argument_values, function_names, mapping_paths,
      source_paths;
  ByNumber<Place> places;
  ByNumber<Mapping> mappings;
  ByNumber<Frame> frames;
  ByNumber<Callstack> callstacks;
  ByNumber<GpuSpecification> gpu_specifications;
  ByNumber<int64_t> graphics_contexts;  // pid
  ByNumber<double> counts;              // of counters that count on, by their tracks

  // Of trace_packet_defaults.
  uint32_t clock = 0;
  uint64_t track = 0;
  bool has_track = false;
  std::vector<uint64_t> extra_counters, extra_real_counters;
  Timebase timebase;

  // Of older writers: a thread_descriptor on the sequence.
  bool has_thread = false;
  int64_t pid = 0, tid = 0, time_us = 0;

  uint64_t paths_cut = 0;  // of mappings, that were too long

  void clear();
  void clear_defaults();
  void take_interned(std::string_view message);
  void take_defaults(std::string_view message);
};

}  // namespace hone::exchange::perfetto_import
