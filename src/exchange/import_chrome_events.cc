// Spans, counters, messages and the rest of Chrome's events, one at a time.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <functional>
#include <iterator>
#include <string>

#include "base/host/chrome_color.h"
#include "exchange/import_chrome_parts.h"

namespace hone::exchange::chrome_import {
namespace {

constexpr int64_t kNsOfUs = 1000;
constexpr int kObjectDepthMost =
    8;  // of objects in arguments; what is deeper stays as it is written

uint64_t hash_of(std::string_view text, uint64_t seed) {
  uint64_t hash = seed ^ 0xcbf29ce484222325;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

// Spans that are open, for an end of another name than the last one's.
constexpr size_t kLookedThroughMost = 64;

uint32_t name_hash(std::string_view name) {
  return static_cast<uint32_t>(std::hash<std::string_view>{}(name));
}

// "0x1f" and "31" are the numbers that they say.
bool id_number(std::string_view raw, uint64_t& out) {
  int base = 10;
  if (raw.starts_with("0x") || raw.starts_with("0X")) {
    raw.remove_prefix(2);
    base = 16;
  }
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), out, base);
  return error == std::errc() && end == raw.data() + raw.size();
}

// The one member of a counter that has no other, if it is called by what it counts in: so Hone
// writes a plot's unit, and others do.
std::string_view unit_of(std::string_view args) {
  constexpr std::string_view kUnits[] = {"bytes",   "bytes/s", "per second", "CPUs", "%",
                                         "percent", "Hz",      "ns",         "us",   "ms",
                                         "s",       "W",       "J"};
  JsonScan at(args, true);
  std::string_view key, first;
  if (!at.open('{') || !at.key(first)) return {};
  at.skip();
  if (at.key(key)) return {};
  const bool is_unit = std::find(std::begin(kUnits), std::end(kUnits), first) != std::end(kUnits);
  return is_unit ? first : std::string_view();
}

}  // namespace

// Ids of processes and threads are numbers; some writers give names, which get numbers here.
int64_t Events::number_of(std::string_view raw) {
  int64_t out = 0;
  if (decimal(raw, 1, out)) return out;
  return raw.empty() ? 0 : static_cast<int64_t>(hash_of(raw, 0) & INT32_MAX);
}

SiteId Events::site_of(const Event& event, uint8_t kind) {
  key_.assign(event.name);
  key_ += '\0';
  key_ += event.category;
  key_ += '\0';
  key_ += event.color;
  key_ += static_cast<char>(kind);
  const auto [at, added] = sites_.try_emplace(key_, SiteId::kNone);
  if (added) {
    held_ += kHeldOfEntry + sizeof(std::string) + key_.size();
    at->second = to_.site({.name = plain(event.name, name_room_),
                           .category = plain(event.category, category_room_),
                           .color = base::color_of_chrome(event.color),
                           .kind = kind});
  }
  return at->second;
}

uint64_t Events::id_of(const Event& event, int64_t pid) {
  uint64_t out = 0;
  if (!event.id.empty() && event.scope.empty() && id_number(event.id, out)) return out;
  if (!event.local_id.empty()) {
    return hash_of(event.local_id, hash_of(event.scope, static_cast<uint64_t>(pid) + 1));
  }
  return hash_of(event.id.empty() ? event.global_id : event.id, hash_of(event.scope, 0));
}

void Events::take_metadata(const Event& event, int64_t pid, int64_t tid) {
  const bool is_process = event.name == "process_name";
  if (!is_process && event.name != "thread_name") return;  // how viewers sort, and the like
  JsonScan at(event.args, true);
  std::string_view key, name;
  if (!at.open('{')) return;
  while (at.key(key)) {
    if (key != "name" || !at.text(name)) {
      if (key != "name") at.skip();
      continue;
    }
    if (is_process) {
      to_.name_process(pid, plain(name, text_room_));
    } else {
      to_.name_thread(pid, tid, plain(name, text_room_));
    }
  }
}

// One series for each member of the arguments.
void Events::take_counter(const Event& event, ThreadId thread, TimeNs time) {
  JsonScan at(event.args, true);
  std::string_view key, raw;
  if (!at.open('{')) return;
  std::string name;
  const std::string_view unit = unit_of(event.args);
  while (at.key(key)) {
    double value = 0;
    if (!at.number(raw) || !real(raw, value)) {
      to_.left("import.counter_without_number", "values of counters that are no numbers");
      continue;
    }
    name = plain(event.name, name_room_);
    if (!event.id.empty()) name.append("[").append(event.id).append("]");
    if (key != "value" && key != name && unit.empty())
      name.append(".").append(plain(key, text_room_));
    to_.plot(thread, time,
             to_.site({.name = name,
                       .category = plain(event.category, category_room_),
                       .unit = unit,
                       .kind = HONE_SITE_PLOT}),
             value);
  }
}

void Events::take_members(JsonScan& at, const std::string& before, ThreadId thread, TimeNs time,
                          SiteId site, int depth) {
  std::string_view key, raw;
  std::string room, name;
  while (at.key(key)) {
    name = before;
    name += plain(key, room);
    const char first = at.peek();
    if (first == '{' && depth < kObjectDepthMost) {
      at.open('{');
      take_members(at, name + ".", thread, time, site, depth + 1);
    } else if (first == '"') {
      if (at.text(raw)) to_.text(thread, time, site, name, plain(raw, room));
    } else {
      raw = at.value();
      int64_t whole = 0;
      double number = 0;
      if (raw == "true" || raw == "false") {
        to_.truth(thread, time, site, name, raw == "true");
      } else if (raw.find_first_of(".eEIN") == raw.npos && decimal(raw, 1, whole)) {
        to_.number(thread, time, site, name, whole);
      } else if (real(raw, number)) {
        to_.number(thread, time, site, name, number);
      } else if (!raw.empty() && raw != "null") {
        to_.text(thread, time, site, name, raw);
      }
    }
  }
}

void Events::take_arguments(std::string_view args, ThreadId thread, TimeNs time, SiteId site) {
  if (args.size() <= 2) return;  // {}
  JsonScan at(args, true);
  if (at.open('{')) take_members(at, {}, thread, time, site, 0);
}

void Events::take_complete(const Event& event, ThreadId thread, TimeNs time) {
  const SiteId site = site_of(event, HONE_SITE_SPAN);
  int64_t ns = 0;
  if (event.duration.empty()) {
    to_.open_span(thread, time, site);  // its end was not there when it was written
  } else if (decimal(event.duration, kNsOfUs, ns)) {
    to_.span(thread, time, DurationNs{ns}, site);
  } else {
    to_.left("import.not_a_number", "events whose time is no number are left out", 1,
             recording::kDataLoss);
    return;
  }
  take_arguments(event.args, thread, time, site);
}

// It ends the one of its name that was begun last; where none has that, the last of all, as viewers
// do: many writers give ends no name, some another one.
void Events::take_end(const Event& event, ThreadId thread, TimeNs time) {
  std::vector<Begun>* const begun = raw(thread) < begun_.size() ? &begun_[raw(thread)] : nullptr;
  if (begun == nullptr || begun->empty()) {
    to_.left("import.end_without_begin", "ends of spans whose beginning is not in the file");
    return;
  }
  auto at = begun->rbegin();
  if (!event.name.empty() && at->name != name_hash(event.name)) {
    const uint32_t name = name_hash(event.name);
    const auto stop =
        begun->rbegin() + static_cast<std::ptrdiff_t>(std::min(begun->size(), kLookedThroughMost));
    at = std::find_if(at, stop, [&](const Begun& each) { return each.name == name; });
    if (at == stop) {
      at = begun->rbegin();
      to_.left("import.end_of_another_name", "ends that are called otherwise than what they end");
    }
  }
  const Begun of = *at;
  begun->erase(std::next(at).base());
  held_ -= sizeof(Begun);
  to_.span(thread, of.start, time - of.start, of.site);
  take_arguments(event.args, thread, of.start, of.site);
}

void Events::take(const Event& event) {
  const int64_t pid = number_of(event.pid), tid = number_of(event.tid);
  if (event.phase == 'M') return take_metadata(event, pid, tid);
  int64_t ns = 0;
  if (!decimal(event.time, kNsOfUs, ns)) {
    to_.left("import.not_a_number", "events whose time is no number are left out", 1,
             recording::kDataLoss);
    return;
  }
  const TimeNs time{ns};
  const ThreadId thread = to_.thread(pid, tid);
  switch (event.phase) {
    case 'X':
      return take_complete(event, thread, time);
    case 'B': {
      const SiteId site = site_of(event, HONE_SITE_SPAN);
      if (begun_.size() <= raw(thread)) begun_.resize(raw(thread) + 1);
      held_ += sizeof(Begun);
      begun_[raw(thread)].push_back({time, site, name_hash(event.name)});
      return take_arguments(event.args, thread, time, site);
    }
    case 'E':
      return take_end(event, thread, time);
    case 'i':
    case 'I':
    case 'R':
    case 'n': {
      const SiteId site = site_of(event, HONE_SITE_MESSAGE);
      to_.message(thread, time, site);
      return take_arguments(event.args, thread, time, site);
    }
    case 'C':
      return take_counter(event, thread, time);
    case 'b':
    case 'S':
    case 'e':
    case 'F': {
      const bool begins = event.phase == 'b' || event.phase == 'S';
      const SiteId site = site_of(event, HONE_SITE_SPAN);
      to_.flow(thread, time, site, id_of(event, pid), begins ? 1 : 2);
      return take_arguments(event.args, thread, time, site);
    }
    case 't':
      to_.flow(thread, time, site_of(event, HONE_SITE_SPAN), id_of(event, pid), 4);
      [[fallthrough]];
    case 's':
      return to_.flow(thread, time, site_of(event, HONE_SITE_SPAN), id_of(event, pid), 3);
    case 'f':
      return to_.flow(thread, time, site_of(event, HONE_SITE_SPAN), id_of(event, pid), 4);
    case 'P':
      if (event.name == "Profile") return profiles_.begin(event, pid, thread);
      if (event.name == "ProfileChunk") return profiles_.add(event, pid);
      break;
    default:
      break;
  }
  const std::string phase(1, event.phase == 0 ? '?' : event.phase);
  to_.left("import.kind_" + phase, "events of a kind (ph) that a recording has nothing for");
}

void Events::finish() {
  for (size_t i = 0; i < begun_.size(); ++i) {
    for (const Begun& each : begun_[i]) {
      to_.open_span(ThreadId{static_cast<uint32_t>(i)}, each.start, each.site);
    }
  }
  profiles_.finish();
}

}  // namespace hone::exchange::chrome_import
