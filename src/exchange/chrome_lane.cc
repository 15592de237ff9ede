#include "exchange/chrome_lane.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/host/chrome_color.h"
#include "exchange/text.h"

namespace hone::exchange::chrome {

void ArgumentWriter::begin(std::string_view key) {
  out_.put(is_first_ ? ",\"args\":{\"" : ",\"");
  is_first_ = false;
  out_.put(key);
  out_.put("\":");
}

void ArgumentWriter::text(std::string_view key, std::string_view value) {
  json(key, json_text(value));
}

void ArgumentWriter::json(std::string_view key, std::string_view value) {
  begin(key);
  out_.put(value);
}

void ArgumentWriter::number(std::string_view key, uint64_t value) {
  begin(key);
  out_.put_unsigned(value);
}

void ArgumentWriter::hex(std::string_view key, uint64_t value) {
  begin(key);
  out_.put('"');
  out_.put_hex(value);
  out_.put('"');
}

void ArgumentWriter::microseconds(std::string_view key, int64_t ns) {
  begin(key);
  out_.put_microseconds(ns);
}

void ArgumentWriter::end() {
  if (!is_first_) out_.put('}');
}

void Lane::put_head(char phase, const LaneSpan& span, TimeNs time) {
  events_.begin("{\"ph\":\"");
  events_.out.put(phase);
  events_.out.put("\",");
  events_.out.put(*span.what);
  events_.out.put(",\"pid\":");
  events_.out.put_unsigned(pid_);
  events_.out.put(",\"tid\":");
  events_.out.put_unsigned(tid_);
  events_.put_time(time);
}

void Lane::put_arguments(const LaneSpan& span, Arguments arguments) {
  ArgumentWriter to(events_.out);
  arguments(span.index, to);
  to.end();
}

void Lane::write(Arguments arguments) {
  if (spans_.empty()) return;
  std::stable_sort(spans_.begin(), spans_.end(), [](const LaneSpan& a, const LaneSpan& b) {
    if (a.start != b.start) return a.start < b.start;
    if (a.end != b.end) return a.end > b.end;
    return a.depth < b.depth;
  });
  tid_ = events_.ids.next();
  events_.name_thread(pid_, tid_, name_);
  std::vector<TimeNs> around;  // the ends of those that are open
  for (const LaneSpan& span : spans_) {
    while (!around.empty() && around.back() <= span.start && around.back() < span.end) {
      around.pop_back();
    }
    if (!span.apart && (around.empty() || span.end <= around.back())) {
      put_head('X', span, span.start);
      events_.put_duration(span.start, span.end);
      put_arguments(span, arguments);
      events_.end();
      around.push_back(span.end);
      continue;
    }
    const uint64_t id = events_.next_id++;
    for (const char phase : {'b', 'e'}) {
      put_head(phase, span, phase == 'b' ? span.start : span.end);
      events_.out.put(",\"id\":\"");
      events_.out.put_hex(id);
      events_.out.put('"');
      if (phase == 'b') put_arguments(span, arguments);
      events_.end();
    }
  }
}

std::string what_of(std::string_view name, std::string_view category, uint32_t color) {
  std::string out = "\"name\":";
  append_json(out, name);
  out += ",\"cat\":";
  append_json(out, category);
  if (color == 0) return out;
  out += ",\"cname\":\"";
  out += base::chrome_color(color);
  out += '"';
  return out;
}

std::string thread_text(const profile::Profile& profile, ThreadId thread) {
  const profile::Thread& of = profile.threads()[raw(thread)];
  return fmt::format("{} ({})", profile.string(of.name), of.tid);
}

}  // namespace hone::exchange::chrome
