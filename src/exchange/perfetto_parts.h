// The parts of Perfetto's format, each of which writes packets of one kind. For export_perfetto.cc
// alone.
//
// All packets are one sequence, whose first one clears its state: texts, places and stacks stand
// in a packet once, in the one that needs them first, and go by number from there on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/host/function_ref.h"
#include "exchange/arguments.h"
#include "exchange/export.h"
#include "exchange/identities.h"
#include "exchange/perfetto_fields.h"
#include "exchange/proto_buffer.h"
#include "exchange/stands_for.h"

namespace hone::exchange::perfetto {

namespace packet = perfetto_fields::packet_field;
namespace interned = perfetto_fields::interned_field;
inline constexpr uint64_t kMonotonic = 3;  // BuiltinClock

enum class EventType : uint64_t { kBegin = 1, kEnd = 2, kInstant = 3, kCounter = 4 };

class Trace {
 public:
  Trace(const profile::Profile& from, const ExportOptions& given, Output& to);

  // A packet; what it needs of interned data is put before its end.
  ProtoBuffer& begin_packet();
  ProtoBuffer& begin_packet(TimeNs time);
  void end_packet();

  // An event of a track, open until end_event().
  void begin_event(EventType type, uint64_t track, TimeNs time);
  void end_event();
  void end_span(uint64_t track, TimeNs time) {
    begin_event(EventType::kEnd, track, time);
    end_event();
  }
  // Of the event that is open:
  void put_name(std::string_view name, std::string_view category);
  void put_site(SiteId site);  // its name, category and place in the source
  void put_arguments(std::span<const uint32_t> arguments);
  void put_text(std::string_view key, std::string_view value);
  void put_number(std::string_view key, uint64_t value);
  void put_signed(std::string_view key, int64_t value);
  void put_address(std::string_view key, uint64_t value);
  void put_yes(std::string_view key);
  void put_flow(uint64_t id, bool is_last);

  // Tracks, each described when it is asked for first. 0 is no track's number.
  uint64_t process_track(ProcessId process);
  uint64_t thread_track(ThreadId thread);
  uint64_t new_track(uint64_t parent, std::string_view name);
  uint64_t new_counter(uint64_t parent, std::string_view name, std::string_view unit);

  // The number of a text in a table of interned strings; it goes into the packet that is open.
  uint64_t number_of(uint32_t table, std::string_view text);
  ProtoBuffer& interned_data() { return interned_; }
  // The packet that is open, at its event where there is one.
  ProtoBuffer& open_packet() { return packet_; }

  const profile::Profile& profile;
  const ExportOptions& options;
  Output& out;
  Identities ids;
  Left left;

 private:
  struct SiteNumbers {
    uint64_t name = 0, category = 0, place = 0;
  };
  SiteNumbers intern(SiteId site);
  size_t begin_argument(std::string_view key);

  ProtoBuffer packet_, interned_;
  size_t event_ = 0;
  uint64_t next_track_ = 1, next_place_ = 1;
  std::vector<uint64_t> process_tracks_, thread_tracks_;  // 0: not described yet
  std::vector<SiteNumbers> sites_;
  std::unordered_map<uint32_t, std::unordered_map<std::string, uint64_t>> texts_;  // by table
};

// "main loop (4711)"
std::string thread_text(const profile::Profile& profile, ThreadId thread);

void write_names(Trace& trace);
void write_frames(Trace& trace);
void write_spans(Trace& trace, Arguments& arguments, const StandsFor& stands_for);
void write_flows(Trace& trace);
void write_messages(Trace& trace, Arguments& arguments);
void write_plots(Trace& trace);
void write_tracks(Trace& trace);
void write_pools(Trace& trace);
void write_gpu(Trace& trace);
void write_locks(Trace& trace);
void write_waits(Trace& trace);
void write_samples(Trace& trace);

}  // namespace hone::exchange::perfetto
