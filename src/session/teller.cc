#include "session/teller.h"

#include <fmt/format.h>
#include <algorithm>

#include <bit>
#include <cmath>
#include <cstring>

#include "base/host/file.h"

namespace hone::session {
namespace {

// Of spans that never end.
constexpr size_t kWaitingMax = 4096;
constexpr uint32_t kSitesMax = HONE_SITES_MAX;

uint64_t key_of(uint32_t site, uint64_t start) {
  return start * kSitesMax + site;
}

}  // namespace

std::string text_of(const Argument& argument) {
  switch (argument.type) {
    case HONE_ARGUMENT_INTEGER:
      return fmt::format("{}", static_cast<int64_t>(argument.value));
    case HONE_ARGUMENT_REAL:
      return fmt::format("{}", std::bit_cast<double>(argument.value));
    case HONE_ARGUMENT_BOOLEAN:
      return argument.value != 0 ? "true" : "false";
    case HONE_ARGUMENT_ADDRESS:
      return fmt::format("{:#x}", argument.value);
    case HONE_ARGUMENT_STRING:
      return argument.text;
    default:
      return fmt::format("{}", argument.value);
  }
}

std::string kernel_name(uint32_t tid) {
  auto text = base::read_file(fmt::format("/proc/self/task/{}/comm", tid), 64);
  if (!text) return {};
  while (text->ends_with('\n')) text->pop_back();
  return *text;
}

std::vector<Argument> arguments_of(const drain::SpanSite& site, const drain::SpanBatch& batch,
                                   const drain::SpanMark& mark) {
  static const std::string kNoKey = "?";
  std::vector<Argument> out;
  for (uint32_t i = 0; i < mark.rest_count; ++i) {
    const hone_slot& slot = batch.rest[mark.rest + i];
    const size_t number = out.size();
    Argument& argument = out.emplace_back();
    argument.key = number < site.keys.size() ? &site.keys[number] : &kNoKey;
    argument.type = static_cast<uint8_t>(slot.second >> 4 & 255);
    argument.value = slot.first;
    if (argument.type != HONE_ARGUMENT_STRING) continue;
    const uint64_t bytes = slot.second >> 32, slots = (bytes + 7) / 8;
    if (slots > mark.rest_count - i - 1) {
      out.pop_back();
      return out;
    }
    argument.text.resize(slots * 8);
    for (uint64_t k = 0; k < slots; ++k) {
      std::memcpy(argument.text.data() + 8 * k, &batch.rest[mark.rest + i + 1 + k].first, 8);
    }
    argument.text.resize(bytes);
    i += static_cast<uint32_t>(slots);
  }
  return out;
}

const drain::SpanSite& Teller::site_of(Source& source, uint32_t id) {
  static const drain::SpanSite kUnknown{.name = "?"};
  if (id >= source.names.size()) source.names.resize(id + 1);
  std::optional<drain::SpanSite>& known = source.names[id];
  if (!known) known = source.rings.site(id);
  return known ? *known : kUnknown;
}

void Teller::name(Source& source, Source::Thread& thread, uint32_t site) {
  if (site == thread.name) return;
  thread.name = site;
  const drain::SpanSite& found = site_of(source, site);
  if (found.kind != HONE_SITE_THREAD_NAME) return;
  thread.seen.name = found.name;
  for (Listener* each : listeners_) each->on_thread(thread.seen);
}

Source::Thread& Teller::thread_of(Source& source, const drain::SpanThread& thread) {
  if (source.seen.size() <= thread.ring) source.seen.resize(thread.ring + 1);
  Source::Thread& known = source.seen[thread.ring];
  if (known.met && known.turn == thread.turn) return known;
  known = {.turn = thread.turn, .met = true};
  known.seen = {.tid = thread.tid, .name = kernel_name(thread.tid)};
  if (thread.name != 0) {
    name(source, known, thread.name);
  } else {
    for (Listener* each : listeners_) each->on_thread(known.seen);
  }
  return known;
}

void Teller::put_mark(Source& source, Source::Thread& thread, const drain::SpanBatch& batch,
                      const drain::SpanMark& mark) {
  if (mark.kind == HONE_MARK_THREAD_NAME) return name(source, thread, mark.site);
  const drain::SpanSite& site = site_of(source, mark.site);
  if (mark.kind == HONE_MARK_ARGUMENTS) {
    if (thread.arguments.size() >= kWaitingMax) thread.arguments.clear();
    thread.arguments[key_of(mark.site, mark.ticks)] = arguments_of(site, batch, mark);
    return;
  }
  if (mark.kind == HONE_MARK_STANDS_FOR) {
    if (thread.stands_for.size() >= kWaitingMax) thread.stands_for.clear();
    thread.stands_for[key_of(mark.site, mark.ticks)] = mark.number;
    return;
  }
  MarkSeen seen{.site = &site,
                .kind = mark.kind,
                .time = source.rows.time_of(mark.ticks),
                .number = mark.number};
  if (mark.rest_count > 0) seen.word = batch.rest[mark.rest].first;
  std::vector<Argument> arguments;
  if (mark.kind == HONE_MARK_MESSAGE) arguments = arguments_of(site, batch, mark);
  seen.arguments = arguments;
  for (Listener* each : listeners_) each->on_mark(thread.seen, seen);
}

void Teller::put(Source& source, const drain::SpanBatch& batch) {
  Source::Thread& thread = thread_of(source, batch.thread);
  // Arguments are written when a span begins, so before it.
  for (const drain::SpanMark& mark : batch.marks) put_mark(source, thread, batch, mark);
  drain::for_each_span(batch.spans(), [&](uint64_t start, uint64_t end, uint32_t site,
                                          uint8_t depth, bool is_stray) {
    SpanSeen seen{.site = &site_of(source, site),
                  .start = source.rows.time_of(start),
                  .end = source.rows.time_of(end),
                  .depth = depth,
                  .stray = is_stray};
    const auto found = thread.arguments.empty() ? thread.arguments.end()
                                                : thread.arguments.find(key_of(site, start));
    if (found != thread.arguments.end()) seen.arguments = found->second;
    if (!thread.stands_for.empty()) {
      const auto number = thread.stands_for.find(key_of(site, start));
      if (number != thread.stands_for.end()) {
        seen.stands_for = std::max(number->second, 1u);
        thread.stands_for.erase(number);
      }
    }
    for (Listener* each : listeners_) each->on_span(thread.seen, seen);
    if (found != thread.arguments.end()) thread.arguments.erase(found);
  });
}

void Teller::put_open(Source& source, TimeNs end) {
  for (const drain::CountedSpans& counted : source.rings.counted_spans()) {
    const MarkSeen seen{.site = &site_of(source, counted.site),
                        .kind = HONE_MARK_COUNTED,
                        .time = end,
                        .number = counted.count};
    for (Listener* each : listeners_) each->on_mark(thread_of(source, counted.thread).seen, seen);
  }
  // The innermost first, as they would have ended.
  std::vector<drain::OpenSpan> all = source.rings.open_spans();
  std::reverse(all.begin(), all.end());
  for (const drain::OpenSpan& open : all) {
    const TimeNs start = source.rows.time_of(open.start);
    if (start > end) continue;
    const SpanSeen seen{.site = &site_of(source, open.site),
                        .start = start,
                        .end = end,
                        .depth = open.depth,
                        .open = true};
    for (Listener* each : listeners_) each->on_span(thread_of(source, open.thread).seen, seen);
  }
}

}  // namespace hone::session
