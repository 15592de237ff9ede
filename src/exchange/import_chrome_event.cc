#include "exchange/import_chrome_event.h"

namespace hone::exchange::chrome_import {
namespace {

void take_id2(JsonScan& at, Event& event) {
  std::string_view name;
  if (!at.open('{')) return at.skip();
  while (at.key(name)) {
    if (name == "local") {
      at.number(event.local_id);
    } else if (name == "global") {
      at.number(event.global_id);
    } else {
      at.skip();
    }
  }
}

// By length first: some ten names, met by the hundred million.
void take_member(JsonScan& at, std::string_view name, Event& event) {
  switch (name.size()) {
    case 2:
      if (name == "ts") return (void)at.number(event.time);
      if (name == "ph") {
        std::string_view phase;
        if (at.text(phase) && !phase.empty()) event.phase = phase[0];
        return;
      }
      if (name == "id") return (void)at.number(event.id);
      if (name == "bp") return (void)at.text(event.binding);
      event.has_stack |= name == "sf";
      break;
    case 3:
      if (name == "dur") return (void)at.number(event.duration);
      if (name == "pid") return (void)at.number(event.pid);
      if (name == "tid") return (void)at.number(event.tid);
      if (name == "cat") return (void)at.text(event.category);
      if (name == "id2") return take_id2(at, event);
      break;
    case 4:
      if (name == "name") return (void)at.text(event.name);
      if (name == "args") {
        event.args = at.value();
        return;
      }
      break;
    case 5:
      if (name == "scope") return (void)at.text(event.scope);
      if (name == "cname") return (void)at.text(event.color);
      event.has_stack |= name == "stack";
      break;
    default:
      break;
  }
  at.skip();
}

}  // namespace

ScanState next_event(JsonScan& at, Event& event) {
  event = {};
  if (!at.open('{')) {
    at.skip();  // some writers put a null or a number at the end
    return at.state();
  }
  event.is_known = true;
  std::string_view name;
  while (at.key(name)) take_member(at, name, event);
  return at.state();
}

}  // namespace hone::exchange::chrome_import
