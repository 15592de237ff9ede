// Events of tracks: slices, instants, counters, what Chrome's older format had besides, with their
// arguments and flows. For import_perfetto.cc and its parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exchange/import_perfetto_sequence.h"
#include "exchange/import_perfetto_spans.h"
#include "exchange/import_perfetto_tracks.h"
#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

// A TrackEvent as it stands in a packet. One is used for all of them: what is not there costs
// nothing to forget.
struct Event {
  struct Has {
    bool track = false, whole = false, real = false, arguments = false, flows = false,
         extra = false, stack = false, time_delta = false, time_absolute = false, typed = false;
  };

  std::string_view message;  // all of it
  uint64_t type = 0;
  uint64_t name_number = 0, category_number = 0, place_number = 0;
  uint32_t categories = 0;
  uint32_t thread_values = 0;  // how much the thread has run and done by then
  Has has;
  std::string_view name, category, place, legacy;
  // Where it has them:
  uint64_t track = 0;
  int64_t whole_value = 0, time_us = 0;
  double real_value = 0;
};
void read_event(std::string_view message, Event& out);

// The legacy_event inside it.
struct Legacy {
  char phase = 0;
  bool is_there = false, has_id = false, has_pid = false, has_tid = false, ends_flow = false,
       begins_flow = false, is_local = false;
  uint64_t id = 0, bind_id = 0, name_number = 0;
  int64_t duration_us = -1, pid = 0, tid = 0;
  std::string_view scope;
};
Legacy read_legacy(std::string_view message);

class Events {
 public:
  Events(Intake& to, Tracks& tracks) : to_(to), tracks_(tracks), spans_(to) {}

  void take(Sequence& sequence, const Event& event, TimeNs time);
  void finish();

 private:
  struct Where {
    ThreadId thread{};
    TimeNs time{};
    SiteId site{};
  };
  struct Flow {  // the last event that named it
    ThreadId thread{};
    TimeNs time{};
    SiteId site{};  // of all of them
    bool is_alone = true;
    bool is_ended = false;  // by its first event: what it ended may still come
  };

  Track* track_of(Sequence& sequence, const Event& event);
  ThreadId thread_of(Sequence& sequence, const Event& event, const Legacy& legacy);
  ThreadId home_of(Sequence& sequence, const Event& event, Track& track);
  SiteId site_of(Sequence& sequence, const Event& event, uint8_t kind);
  SiteId make_site(Sequence& sequence, const Event& event, std::string_view name, uint8_t kind);
  std::string_view categories_of(Sequence& sequence, const Event& event);
  void take_slice(Sequence& sequence, const Event& event, TimeNs time);
  void take_counter(Sequence& sequence, const Event& event, TimeNs time);
  void take_extra(Sequence& sequence, const Event& event, TimeNs time);
  void plot(Sequence& sequence, Track& counter, TimeNs time, double value);
  void take_legacy(Sequence& sequence, const Event& event, TimeNs time);
  void take_legacy_counter(Sequence& sequence, const Event& event, const Where& at);
  void take_flows(const Event& event, const Where& at);
  void forget_flows();
  void take_flow(uint64_t id, bool is_last, const Where& at);

  // In import_perfetto_arguments.cc.
  void take_arguments(Sequence& sequence, const Event& event, const Where& at);
  void take_argument(Sequence& sequence, std::string_view message, size_t prefix, const Where& at,
                     int depth);
  void take_value(Sequence& sequence, std::string_view message, const Where& at, int depth);
  void take_nested(std::string_view message, const Where& at, int depth);
  bool begin_element(size_t index);  // false: there are too many
  void take_entries(Sequence& sequence, std::string_view message, uint32_t field, const Where& at,
                    int depth);

  Intake& to_;
  Tracks& tracks_;
  SpanPairs spans_;
  std::unordered_map<uint64_t, Flow> flows_;
  std::string categories_room_, key_;
  size_t element_keys_ = 0;  // bytes, of the event at hand
  uint64_t typed_ = 0, no_name_ = 0, late_arguments_ = 0, thread_times_ = 0, elements_ = 0,
           stacks_ = 0, lone_flows_ = 0, flows_forgotten_ = 0, deep_ = 0;
};

}  // namespace hone::exchange::perfetto_import
