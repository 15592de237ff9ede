// One event of Chrome's format as it is written. For import_chrome.cc and its parts.
#pragma once

#include <cstdint>
#include <string_view>

#include "exchange/json_scan.h"

namespace hone::exchange::chrome_import {

// Texts and numbers as they stand in the file; empty: not there. Valid as long as its window.
struct Event {
  char phase = 0;
  std::string_view name, category, color, id, scope, binding;
  std::string_view time, duration;       // microseconds
  std::string_view pid, tid;             // numbers, or texts
  std::string_view local_id, global_id;  // of "id2"
  std::string_view args;                 // a whole value
  bool has_stack = false;                // "sf" or "stack"
  bool is_known = false;                 // it is an object that may be an event
};

// Takes the next value of an array: an event, or what is none. Nothing was taken unless the state
// is kGood.
ScanState next_event(JsonScan& at, Event& event);

}  // namespace hone::exchange::chrome_import
