// What becomes of the events of Chrome's format. For import_chrome.cc alone.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exchange/import_chrome_event.h"
#include "exchange/intake.h"
#include "exchange/v8_samples.h"

namespace hone::exchange::chrome_import {

// CPU profiles as V8 writes them into traces: nodes and samples by the chunk.
class Profiles {
 public:
  static constexpr size_t kProfilesMost = size_t{1} << 16;

  explicit Profiles(Intake& to) : to_(to) {}
  void begin(const Event& event, int64_t pid, ThreadId thread);
  void add(const Event& event, int64_t pid);
  // Samples are written when it is known which is the next.
  void finish();
  uint64_t held() const { return held_; }

 private:
  struct Node {
    StackId stack{};
    bool is_idle = false;
  };
  struct OfThread {
    OfThread(ThreadId of, Intake& to) : thread(of), samples(of, to) {}
    ThreadId thread;
    int64_t us = 0;  // of the last sample
    int64_t end_us = INT64_MIN;
    int64_t weight_ns = -1;  // of each sample, where Hone wrote the file; -1: V8 did
    std::unordered_map<int64_t, Node> nodes;
    V8Samples samples;
    std::vector<int64_t> pending;          // nodes of samples whose times are still to come
    std::vector<int64_t> pending_weights;  // of these, where they are not weight_ns
  };
  void wait(std::vector<int64_t>& column, int64_t number);
  void take_samples(JsonScan& at, OfThread& of);
  void take_data(JsonScan& at, OfThread& of);
  void take_nodes(JsonScan& at, OfThread& of);
  void take_node(JsonScan& at, OfThread& of);

  Intake& to_;
  OfThread* find(int64_t pid, std::string_view id);

  std::vector<OfThread> all_;                      // one a thread
  std::unordered_map<std::string, size_t> by_id_;  // of its process, and its own
  std::string key_;
  std::string name_room_, url_room_;
  uint64_t held_ = 0;
};

class Events {
 public:
  explicit Events(Intake& to) : to_(to), profiles_(to) {}
  void take(const Event& event);
  void finish();
  // Bytes that are kept of what was taken.
  uint64_t held() const { return to_.held() + profiles_.held() + held_; }

 private:
  struct Begun {
    TimeNs start{};
    SiteId site{};
    uint32_t name = 0;  // hash of it, as it is written
  };

  SiteId site_of(const Event& event, uint8_t kind);
  int64_t number_of(std::string_view raw);
  uint64_t id_of(const Event& event, int64_t pid);
  void take_metadata(const Event& event, int64_t pid, int64_t tid);
  void take_counter(const Event& event, ThreadId thread, TimeNs time);
  void take_complete(const Event& event, ThreadId thread, TimeNs time);
  void take_end(const Event& event, ThreadId thread, TimeNs time);
  void take_arguments(std::string_view args, ThreadId thread, TimeNs time, SiteId site);
  void take_members(JsonScan& at, const std::string& before, ThreadId thread, TimeNs time,
                    SiteId site, int depth);

  Intake& to_;
  Profiles profiles_;
  std::unordered_map<std::string, SiteId> sites_;
  std::vector<std::vector<Begun>> begun_;  // index = ThreadId
  std::string key_, name_room_, category_room_, text_room_;
  uint64_t held_ = 0;
};

}  // namespace hone::exchange::chrome_import
