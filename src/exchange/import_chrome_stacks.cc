#include "exchange/import_chrome_stacks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "exchange/held_bytes.h"
#include "exchange/stack_depth.h"
#include "exchange/usual_interval.h"

namespace hone::exchange::chrome_import {
namespace {

constexpr int64_t kNsOfMicrosecond = 1000;

int64_t whole_or_zero(std::string_view raw) {
  int64_t out = 0;
  return decimal(raw, 1, out) ? out : 0;
}

// A text or a number, as it is written.
std::string_view id_at(JsonScan& at) {
  std::string_view raw;
  if (at.peek() == '"') {
    at.text(raw);
  } else {
    at.number(raw);
  }
  return raw;
}

// Takes ":123" from the end of a text.
bool take_number_behind_colon(std::string_view& text, uint32_t& out) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return false;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, out);
  if (error != std::errc() || stop != end) return false;
  text.remove_suffix(text.size() - colon);
  return true;
}

}  // namespace

uint32_t Stacks::number_of(std::string_view id) {
  const auto [at, added] =
      numbers_.try_emplace(std::string(id), static_cast<uint32_t>(frames_.size()));
  if (added) {
    frames_.push_back({});
    held_ += kHeldOfEntry + sizeof(std::string) + id.size() + sizeof(Frame);
  }
  return at->second;
}

// Hermes writes where a function of a script is into its name: "name(file:line:column)".
FrameId Stacks::code_of(std::string_view name, bool is_script) {
  const size_t bracket = name.find('(');
  if (is_script && name.ends_with(')') && bracket != name.npos && bracket > 0) {
    std::string_view file = name.substr(bracket + 1);
    file.remove_suffix(1);
    uint32_t column = 0, line = 0;
    if (take_number_behind_colon(file, column) && take_number_behind_colon(file, line)) {
      return to_.code(name.substr(0, bracket), file, file, line);
    }
  }
  return to_.code(name, {}, {}, 0);
}

void Stacks::take_frame(std::string_view id, JsonScan& at) {
  std::string_view key, name, category, parent;
  if (!at.open('{')) return at.skip();
  while (at.key(key)) {
    if (key == "name") {
      at.text(name);
    } else if (key == "category") {
      at.text(category);
    } else if (key == "parent") {
      parent = id_at(at);
    } else {
      at.skip();
    }
  }
  if (!at.good()) return;
  const uint32_t above = parent.empty() ? kNone : number_of(parent);
  Frame& frame = frames_[number_of(id)];
  frame.is_told = true;
  frame.parent = above;
  frame.code = code_of(plain(name, room_), category == "JavaScript");
}

void Stacks::take_sample(JsonScan& at) {
  std::string_view key, time, pid, tid, frame;
  if (!at.open('{')) return at.skip();
  while (at.key(key)) {
    if (key == "ts") {
      at.number(time);
    } else if (key == "pid") {
      at.number(pid);
    } else if (key == "tid") {
      at.number(tid);
    } else if (key == "sf") {
      frame = id_at(at);
    } else {
      at.skip();
    }
  }
  if (!at.good()) return;
  int64_t ns = 0;
  if (!decimal(time, kNsOfMicrosecond, ns)) {
    to_.left("import.not_a_number", "events whose time is no number are left out", 1,
             recording::kDataLoss);
    return;
  }
  samples_.push_back({to_.thread(whole_or_zero(pid), whole_or_zero(tid)),
                      frame.empty() ? kNone : number_of(frame), TimeNs{ns}});
  held_ += sizeof(Sample);
}

// Of those that called a frame, the outermost first: each once, however the file ties them.
StackId Stacks::stack_of(uint32_t frame) {
  path_.clear();
  for (uint32_t at = frame; at != kNone && !frames_[at].is_done; at = frames_[at].parent) {
    if (frames_[at].is_begun) {
      to_.left("import.stack_in_a_circle", "frames that call themselves, by others");
      break;
    }
    frames_[at].is_begun = true;
    path_.push_back(at);
  }
  for (size_t i = path_.size(); i-- > 0;) {
    Frame& now = frames_[path_[i]];
    const Frame* const above =
        now.parent != kNone && frames_[now.parent].is_done ? &frames_[now.parent] : nullptr;
    now.depth = above == nullptr ? 0 : above->depth;
    now.stack = above == nullptr ? StackId::kNone : above->stack;
    now.is_done = true;
    if (!now.is_told) {
      ++not_told_;
    } else if (now.depth == kStackDepthMost) {
      left_inner_frames(to_);
    } else {
      ++now.depth;
      now.stack = to_.builder().callee(now.stack, now.code);
    }
  }
  return frames_[frame].stack;
}

void Stacks::finish() {
  if (samples_.empty()) return;
  std::vector<TimedSample> times;
  times.reserve(samples_.size());
  for (const Sample& each : samples_) times.push_back({each.thread, each.time});
  const int64_t interval_ns = usual_interval_ns(std::move(times));
  for (const Sample& each : samples_) {
    to_.sample(each.thread, each.time, each.frame == kNone ? StackId::kNone : stack_of(each.frame),
               DurationNs{interval_ns});
  }
  to_.left("import.weight_estimated",
           fmt::format("samples whose file does not say what they stand for: the usual time "
                       "between two of a thread is taken, {} ns",
                       interval_ns),
           samples_.size());
  to_.left("import.stack_not_known", "frames of samples that the file does not name", not_told_);
}

}  // namespace hone::exchange::chrome_import
