// What the events of Chrome's format have in common: names, ids, times, arguments.
#include <string>

#include "base/host/chrome_color.h"
#include "exchange/chrome_parts.h"
#include "exchange/text.h"
#include "hone/layout.h"

namespace hone::exchange::chrome {
namespace {

// The category of what has none: readers want one.
std::string_view word_of(uint8_t kind) {
  if (kind == HONE_SITE_FRAMES) return "frame";
  return kind == HONE_SITE_MESSAGE ? "message" : "span";
}

}  // namespace

std::string_view Events::name_of(SiteId site) const {
  return profile.string(profile.instrumentation().sites[raw(site)].name);
}

const std::string& Events::head_of(char phase, SiteId site) {
  const auto& sites = profile.instrumentation().sites;
  std::vector<std::string>& heads = heads_[static_cast<size_t>(phase) & 127];
  if (heads.empty()) heads.resize(sites.size());
  std::string& head = heads[raw(site)];
  if (!head.empty()) return head;
  const std::string_view category = profile.string(sites[raw(site)].category);
  head = "{\"ph\":\"";
  head += phase;
  head += "\",\"name\":";
  append_json(head, name_of(site));
  head += ",\"cat\":";
  append_json(head, category.empty() ? word_of(sites[raw(site)].kind) : category);
  if (const uint32_t color = sites[raw(site)].color; color != 0) {
    head += ",\"cname\":\"";
    head += base::chrome_color(color);
    head += '"';
  }
  return head;
}

void Events::put_thread(ThreadId thread) {
  out.put(",\"pid\":");
  out.put_unsigned(ids.pid_of(thread));
  out.put(",\"tid\":");
  out.put_unsigned(ids.tid(thread));
}

// Readers take times for doubles and find ends by adding. The decimal sum of a start and a length
// is exact, that of doubles is not; then spans that touch overlap by some 10^-10 of a microsecond,
// and DevTools, for one, leaves the later of them out. Where that would be, the length is written
// as the double that leads to the end: the same nanoseconds, with more digits.
void Events::put_duration(TimeNs start, TimeNs end) {
  out.put(",\"dur\":");
  const int64_t ns = raw(end - start);
  const double from = static_cast<double>(raw(start) - raw(zero_)) / 1000,
               to = static_cast<double>(raw(end) - raw(zero_)) / 1000;
  if (from + static_cast<double>(ns) / 1000 == to) {
    out.put_microseconds(ns);
  } else {
    out.put_real(to - from);
  }
}

void Events::put_arguments(std::span<const uint32_t> arguments, uint32_t stands_for) {
  if (arguments.empty() && stands_for <= 1) return;
  scratch_ = ",\"args\":";
  append_arguments(scratch_, profile, arguments);
  if (stands_for > 1) {
    scratch_.pop_back();  // the brace
    if (!arguments.empty()) scratch_ += ',';
    scratch_ += "\"stands for\":" + std::to_string(stands_for) + '}';
  }
  out.put(scratch_);
}

void Events::name_process(uint32_t pid, std::string_view name) {
  begin("{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":");
  out.put_unsigned(pid);
  out.put(",\"tid\":0,\"ts\":0,\"args\":{\"name\":");
  out.put(json_text(name));
  out.put("}}");
}

void Events::name_thread(uint32_t pid, uint32_t tid, std::string_view name) {
  begin("{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":");
  out.put_unsigned(pid);
  out.put(",\"tid\":");
  out.put_unsigned(tid);
  out.put(",\"ts\":0,\"args\":{\"name\":");
  out.put(json_text(name));
  out.put("}}");
}

void write_names(Events& events) {
  const profile::Profile& p = events.profile;
  std::vector<uint8_t> is_named(p.processes().size());
  for (uint32_t i = 1; i < p.threads().size(); ++i) {
    const profile::Thread& thread = p.threads()[i];
    if (!events.options.takes(ThreadId{i})) continue;
    const uint32_t pid = events.ids.pid(thread.process);
    if (is_named[raw(thread.process)] == 0) {
      is_named[raw(thread.process)] = 1;
      const StringId name = p.processes()[raw(thread.process)].name;
      if (thread.process != ProcessId::kNone) events.name_process(pid, p.string(name));
    }
    events.name_thread(pid, events.ids.tid(ThreadId{i}), p.string(thread.name));
  }
}

}  // namespace hone::exchange::chrome
