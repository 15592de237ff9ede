// The parts of Chrome's format, each of which writes events of one kind. For export_chrome.cc
// alone.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/arguments.h"
#include "exchange/export.h"
#include "exchange/identities.h"
#include "exchange/stands_for.h"

namespace hone::exchange::chrome {

// What all parts share. One event a line.
class Events {
 public:
  Events(const profile::Profile& from, const ExportOptions& given, TimeNs zero, Output& to)
      : profile(from), options(given), out(to), ids(from), zero_(zero) {}

  // {"ph":"i","name":"...","cat":"..." of a place, and its colour; without its end.
  const std::string& head_of(char phase, SiteId site);
  void begin(std::string_view head) {
    out.put(is_first_ ? std::string_view("\n") : std::string_view(",\n"));
    is_first_ = false;
    out.put(head);
  }
  // ,"pid":1,"tid":2
  void put_thread(ThreadId thread);
  // ,"ts":1.234
  void put_time(TimeNs time) {
    out.put(",\"ts\":");
    out.put_microseconds(raw(time) - raw(zero_));
  }
  // ,"dur":1.234
  void put_duration(TimeNs start, TimeNs end);
  // And, where it is more than itself, how many spans it stands for.
  void put_arguments(std::span<const uint32_t> arguments, uint32_t stands_for = 1);
  void end() { out.put('}'); }

  const profile::Profile& profile;
  const ExportOptions& options;
  Output& out;
  Identities ids;
  Left left;
  uint64_t next_id = 1;  // of asynchronous spans and flows

  // Names a thread that is none: of frames.
  void name_thread(uint32_t pid, uint32_t tid, std::string_view name);
  void name_process(uint32_t pid, std::string_view name);
  std::string_view name_of(SiteId site) const;
  // What the time 0 of the file is.
  TimeNs zero() const { return zero_; }

 private:
  TimeNs zero_;
  bool is_first_ = true;
  std::array<std::vector<std::string>, 128> heads_;  // by phase, then SiteId
  std::string scratch_;
};

void write_names(Events& events);
void write_spans(Events& events, Arguments& arguments, const StandsFor& stands_for);
void write_flows(Events& events);
void write_messages(Events& events, Arguments& arguments);
void write_frames(Events& events);
void write_plots(Events& events);
void write_tracks(Events& events);
void write_samples(Events& events);
void write_waits(Events& events);
void write_locks(Events& events);
void write_gpu(Events& events);
void write_pools(Events& events);

}  // namespace hone::exchange::chrome
