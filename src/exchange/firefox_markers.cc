#include "exchange/firefox_markers.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/text.h"

namespace hone::exchange::firefox {

MarkerSource::MarkerSource(const profile::Profile& profile, const ExportOptions& options,
                           Left& left)
    : p_(profile),
      options_(options),
      all_(profile.instrumentation()),
      spans_(all_.spans),
      arguments_(profile),
      stands_for_(profile),
      wait_texts_(profile),
      loose_(profile.threads().size()),
      messages_(profile.threads().size()),
      waits_(profile.threads().size()),
      locks_(profile.threads().size()),
      frames_by_thread_(profile.threads().size()),
      pairs_by_thread_(profile.threads().size()),
      has_spans_(profile.threads().size()),
      gpu_(all_.gpu_queues.size()) {
  gather();
  for_each_frame(p_, options_, [&](const FrameTime& frame) {
    frames_by_thread_.add(frame.thread, frames_.size());
    frames_.push_back(frame);
  });
  for_each_pair(
      p_, options_,
      [&](const FlowPair& pair) {
        if (!pair.is_span) {
          left.left_out += 2;  // both ends
          return;
        }
        pairs_by_thread_.add(pair.from->thread, pairs_.size());
        pairs_.push_back(pair);
      },
      left);
}

void MarkerSource::gather() {
  for (const profile::Spans::OfThread& part : spans_.threads()) {
    if (options_.takes(part.thread) && part.count > 0) has_spans_[raw(part.thread)] = true;
  }
  for (size_t i = 0; i < all_.loose.size(); ++i) {
    const profile::LooseSpan& span = all_.loose[i];
    if (options_.takes(span.thread, span.end)) loose_.add(span.thread, i);
  }
  for (size_t i = 0; i < all_.messages.size(); ++i) {
    const profile::Message& message = all_.messages[i];
    if (options_.takes(message.thread, message.time)) messages_.add(message.thread, i);
  }
  for (size_t i = 0; i < p_.waits().size(); ++i) {
    const profile::Wait& wait = p_.waits()[i];
    if (options_.takes(wait.thread, wait.until)) waits_.add(wait.thread, i);
  }
  for (size_t i = 0; i < all_.locks.size(); ++i) {
    const profile::LockUse& use = all_.locks[i];
    if (options_.takes(use.thread, use.end)) locks_.add(use.thread, i);
  }
  for (size_t i = 0; i < all_.gpu_spans.size(); ++i) {
    const profile::GpuSpan& span = all_.gpu_spans[i];
    if (options_.takes(span.thread, span.end)) {
      gpu_[raw(span.queue)].push_back(static_cast<uint32_t>(i));
    }
  }
}

bool MarkerSource::has_some(ThreadId thread) const {
  return has_spans_[raw(thread)] || !loose_.of(thread).empty() || !messages_.of(thread).empty() ||
         !waits_.of(thread).empty() || !locks_.of(thread).empty() ||
         !frames_by_thread_.of(thread).empty() || !pairs_by_thread_.of(thread).empty();
}

std::string_view MarkerSource::name_of(SiteId site) const {
  return p_.string(all_.sites[raw(site)].name);
}

std::string MarkerSource::thread_text(ThreadId thread) const {
  const profile::Thread& of = p_.threads()[raw(thread)];
  return fmt::format("{} ({})", p_.string(of.name), of.tid);
}

void MarkerSource::add_to(ThreadTables& to, ThreadId thread) {
  add_spans(to, thread);
  add_loose(to, thread);
  add_pairs(to, thread);
  add_messages(to, thread);
  for (const uint32_t row : frames_by_thread_.of(thread)) {
    const FrameTime& frame = frames_[row];
    details_ = fmt::format("\"number\":{}", frame.number);
    to.add_marker({.type = "Frame",
                   .name = name_of(frame.site),
                   .start = frame.start,
                   .end = frame.end,
                   .details = details_});
  }
  add_waits(to, thread);
  add_locks(to, thread);
}

void MarkerSource::add_span(ThreadTables& to, SiteId site, TimeNs start, TimeNs end,
                            std::span<const uint32_t> arguments, uint32_t stands_for) {
  details_.clear();
  if (const StringId category = all_.sites[raw(site)].category; category != StringId::kNone) {
    details_ = "\"category\":" + json_text(p_.string(category));
  }
  if (!arguments.empty()) {
    std::string text;
    append_arguments(text, p_, arguments);
    details_ += (details_.empty() ? "\"arguments\":" : ",\"arguments\":") + json_text(text);
  }
  if (stands_for > 1) {
    details_ += fmt::format("{}\"standsFor\":{}", details_.empty() ? "" : ",", stands_for);
  }
  to.add_marker({.type = "Span",
                 .name = name_of(site),
                 .start = std::min(start, end),
                 .end = end,
                 .details = details_});
}

// Markers may lie across each other, so that every span is one as it was recorded.
void MarkerSource::add_spans(ThreadTables& to, ThreadId thread) {
  for (const profile::Spans::OfThread& part : spans_.threads()) {
    if (part.thread != thread) continue;
    for (size_t i = part.first; i < part.first + part.count; ++i) {
      const TimeNs end = spans_.end(i), start = spans_.start(i);
      if (!options_.takes(end)) continue;
      const SiteId site = spans_.site(i);
      add_span(to, site, start, end,
               arguments_.take(thread, site, start, slack_of(raw(end - start))),
               stands_for_.of(thread, site, start));
    }
  }
}

void MarkerSource::add_loose(ThreadTables& to, ThreadId thread) {
  for (const uint32_t row : loose_.of(thread)) {
    const profile::LooseSpan& span = all_.loose[row];
    if (!span.open) {
      add_span(to, span.site, span.start, span.end,
               arguments_.take(thread, span.site, span.start, slack_of(raw(span.end - span.start))),
               1);
      continue;
    }
    to.add_marker({.type = "Span",
                   .name = name_of(span.site),
                   .start = std::min(span.start, span.end),
                   .end = span.end,
                   .details = "\"note\":\"still open\""});
  }
}

void MarkerSource::add_pairs(ThreadTables& to, ThreadId thread) {
  for (const uint32_t row : pairs_by_thread_.of(thread)) {
    const FlowPair& pair = pairs_[row];
    const std::string note =
        pair.to == nullptr ? "still open" : "ended on " + thread_text(pair.to->thread);
    details_ = "\"note\":" + json_text(note);
    to.add_marker({.type = "Asynchronous",
                   .name = name_of(pair.from->site),
                   .start = std::min(pair.from->time, pair.until),
                   .end = pair.until,
                   .details = details_});
  }
}

void MarkerSource::add_messages(ThreadTables& to, ThreadId thread) {
  for (const uint32_t row : messages_.of(thread)) {
    const profile::Message& message = all_.messages[row];
    const auto arguments = arguments_.take(thread, message.site, message.time, 0);
    details_.clear();
    if (!arguments.empty()) {
      std::string text;
      append_arguments(text, p_, arguments);
      details_ = "\"arguments\":" + json_text(text);
    }
    to.add_marker({.type = "Message",
                   .name = name_of(message.site),
                   .start = message.time,
                   .end = message.time,
                   .is_instant = true,
                   .details = details_});
  }
}

void MarkerSource::add_waits(ThreadTables& to, ThreadId thread) {
  for (const uint32_t row : waits_.of(thread)) {
    const profile::Wait& wait = p_.waits()[row];
    std::string note;
    const auto say = [&](const std::string& words) {
      if (!note.empty()) note += ", ";
      note += words;
    };
    if (wait.count > 1)
      say(fmt::format("{} waits of {} ns together", wait.count, wait.duration_ns));
    if (wait.runnable_ns > 0) say(fmt::format("could have run {} ns", wait.runnable_ns));
    if (wait.waker != ThreadId::kNone) say("woken by " + thread_text(wait.waker));
    if ((wait.flags & recording::kWaitBeganBefore) != 0) say("began before the recording");
    if ((wait.flags & recording::kWaitNotEnded) != 0) say("did not end");
    details_ = "\"note\":" + json_text(note);
    if (const std::string& stack = wait_texts_.stack(wait.stack); !stack.empty()) {
      details_ += ",\"stackText\":" + json_text(stack);
    }
    to.add_marker({.type = "Wait",
                   .name = wait_texts_.name_of(wait),
                   .category = Category::kOffCpu,
                   .start = std::min(wait.time, wait.until),
                   .end = wait.until,
                   .details = details_});
  }
}

void MarkerSource::add_locks(ThreadTables& to, ThreadId thread) {
  constexpr uint8_t kNotHeld =
      recording::kLockGaveUp | recording::kLockStillWaiting | recording::kLockHoldUnknown;
  for (const uint32_t row : locks_.of(thread)) {
    const profile::LockUse& use = all_.locks[row];
    const std::string name(name_of(use.site));
    const std::string lock = fmt::format("\"lock\":\"{:#x}\"", use.lock);
    if (use.wait_ns > 0) {
      details_ = lock;
      if (use.owner != ThreadId::kNone) {
        details_ += ",\"note\":" + json_text("held by " + thread_text(use.owner));
      }
      to.add_marker({.type = "Lock",
                     .name = name + " (wait)",
                     .category = Category::kLock,
                     .start = use.asked(),
                     .end = use.obtained(),
                     .details = details_});
    }
    if ((use.flags & kNotHeld) != 0) continue;
    to.add_marker({.type = "Lock",
                   .name = name + " (held)",
                   .category = Category::kLock,
                   .start = use.obtained(),
                   .end = use.end,
                   .details = lock});
  }
}

void MarkerSource::add_to(ThreadTables& to, GpuQueueId queue) {
  for (const uint32_t row : gpu_[raw(queue)]) {
    const profile::GpuSpan& span = all_.gpu_spans[row];
    details_.clear();
    if (span.thread != ThreadId::kNone) {
      details_ = "\"note\":" + json_text("recorded by " + thread_text(span.thread));
    }
    to.add_marker({.type = "GPU",
                   .name = name_of(span.site),
                   .category = Category::kGpu,
                   .start = std::min(span.start, span.end),
                   .end = span.end,
                   .details = details_});
  }
}

}  // namespace hone::exchange::firefox
