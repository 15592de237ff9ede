#include "session/console.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/host/clock.h"
#include "base/host/file.h"
#include "base/host/text.h"

namespace hone::session {
namespace {

constexpr double kLinesPerSecond = 20, kLinesAtOnce = 40;
constexpr const char* kLevels[] = {"", "error", "warn", "info", "debug", "trace"};

}  // namespace

std::string printable(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return out;
}

Console::Console(TimeNs start, DurationNs over, int descriptor)
    : start_(start), over_(over), descriptor_(descriptor), room_(kLinesAtOnce), filled_(start) {}

bool Console::may_say() {
  const TimeNs now = base::monotonic_now();
  room_ = std::min(kLinesAtOnce,
                   room_ + static_cast<double>(raw(now - filled_)) * 1e-9 * kLinesPerSecond);
  filled_ = now;
  if (room_ < 1) {
    ++left_out_;
    return false;
  }
  room_ -= 1;
  return true;
}

void Console::say(TimeNs time, std::string_view what, std::string_view text,
                  std::span<const Argument> arguments, const ThreadSeen& thread) {
  if (!may_say()) return;
  auto to = std::back_inserter(out_);
  if (left_out_ > 0) {
    fmt::format_to(to, "hone: {} more lines\n", base::count_text(std::exchange(left_out_, 0)));
  }
  fmt::format_to(to, "hone: {:.3f} s  {:<5}  {}", static_cast<double>(raw(time - start_)) * 1e-9,
                 what, printable(text));
  for (const Argument& argument : arguments) {
    fmt::format_to(to, "  {}={}", printable(*argument.key), printable(text_of(argument)));
  }
  fmt::format_to(to, "  ({})\n", printable(thread.name.empty() ? "a thread" : thread.name));
}

void Console::flush() {
  // Nobody may be there to read it: that is no reason to stop.
  if (!out_.empty()) (void)base::write_all(descriptor_, base::as_bytes(out_));
  out_.clear();
}

void Console::on_span(const ThreadSeen& thread, const SpanSeen& span) {
  const DurationNs took = span.end - span.start;
  if (took <= over_ || span.open) return;
  say(span.end, "span", fmt::format("{}  {}", span.site->name, base::duration_text(took)),
      span.arguments, thread);
}

void Console::on_frame(const ThreadSeen& thread, const MarkSeen& mark) {
  const std::string& set = mark.site->name;
  const auto begun = frames_.find(set);
  if (begun != frames_.end() && mark.kind != HONE_MARK_FRAME_BEGIN) {
    const DurationNs took = mark.time - begun->second;
    if (took > over_) {
      say(mark.time, "frame", fmt::format("{}  {}", set, base::duration_text(took)), {}, thread);
    }
    frames_.erase(begun);
  }
  if (mark.kind != HONE_MARK_FRAME_END) frames_[set] = mark.time;
}

void Console::on_mark(const ThreadSeen& thread, const MarkSeen& mark) {
  if (mark.kind == HONE_MARK_MESSAGE) {
    const char* level = mark.site->level < std::size(kLevels) ? kLevels[mark.site->level] : "";
    say(mark.time, level, mark.site->name, mark.arguments, thread);
  } else if (mark.kind >= HONE_MARK_FRAME && mark.kind <= HONE_MARK_FRAME_END) {
    on_frame(thread, mark);
  }
}

}  // namespace hone::session
