// What `perf script` prints: a line for each sample, and its frames below it, the innermost first.
// Format: perf-script(1); with the fields that it prints unasked, and with `-F +pid` and the like.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "exchange/import.h"
#include "exchange/json_scan.h"
#include "exchange/line_reader.h"

namespace hone::exchange {
namespace {

constexpr int64_t kNsOfSecond = 1'000'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool whole(std::string_view text, int64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

struct Head {
  std::string_view name, event, rest;  // `rest`: a frame, or what a tracepoint says
  int64_t pid = -1, tid = 0;
  int64_t time_ns = 0;
  int64_t period = -1;
};

// " 12.345678:" -> where its digits begin and end: the one thing that every such line has.
bool find_time(std::string_view line, size_t& begin, size_t& end) {
  for (size_t i = 1; i + 1 < line.size(); ++i) {
    if (!is_digit(line[i]) || !is_space(line[i - 1])) continue;
    size_t at = i;
    while (at < line.size() && is_digit(line[at])) ++at;
    if (at + 1 >= line.size() || line[at] != '.' || !is_digit(line[at + 1])) continue;
    for (++at; at < line.size() && is_digit(line[at]);) ++at;
    if (at < line.size() && line[at] == ':') {
      begin = i;
      end = at;
      return true;
    }
  }
  return false;
}

// "comm  12/13 [000]": names have spaces in them, so that it is read from behind.
bool take_who(std::string_view who, Head& head) {
  who = trimmed(who);
  if (who.ends_with(']')) {
    const size_t open = who.rfind('[');
    if (open == who.npos) return false;
    who = trimmed(who.substr(0, open));
  }
  const size_t space = who.find_last_of(" \t");
  if (space == who.npos) return false;
  const std::string_view numbers = who.substr(space + 1);
  const size_t slash = numbers.find('/');
  if (slash != numbers.npos && !whole(numbers.substr(0, slash), head.pid)) return false;
  if (!whole(slash == numbers.npos ? numbers : numbers.substr(slash + 1), head.tid)) return false;
  head.name = trimmed(who.substr(0, space));
  return true;
}

bool parse_head(std::string_view line, Head& head) {
  head = {};
  size_t begin = 0, end = 0;
  if (line.empty() || is_space(line[0]) || !find_time(line, begin, end)) return false;
  if (!take_who(line.substr(0, begin), head)) return false;
  if (!decimal(line.substr(begin, end - begin), kNsOfSecond, head.time_ns)) return false;
  std::string_view rest = trimmed(line.substr(end + 1));
  size_t digits = 0;
  while (digits < rest.size() && is_digit(rest[digits])) ++digits;
  if (digits > 0 && digits < rest.size() && is_space(rest[digits])) {
    if (!whole(rest.substr(0, digits), head.period)) return false;
    rest = trimmed(rest.substr(digits));
  }
  // "cpu-clock:ppp:", "sched:sched_switch: prev_comm=..."
  size_t colon = rest.find(": ");
  if (colon == rest.npos && rest.ends_with(':')) colon = rest.size() - 1;
  if (colon == rest.npos) return false;
  head.event = rest.substr(0, colon);
  head.rest = trimmed(rest.substr(std::min(colon + 1, rest.size())));
  return !head.event.empty() && head.event.find(' ') == head.event.npos;
}

// "ffffffff8158c3e1 next_uptodate_folio+0xc1 ([kernel.kallsyms])"
struct FrameText {
  std::string_view function, module;
};
bool parse_frame(std::string_view line, FrameText& frame) {
  line = trimmed(line);
  size_t digits = 0;
  while (digits < line.size() &&
         (is_digit(line[digits]) || (line[digits] >= 'a' && line[digits] <= 'f'))) {
    ++digits;
  }
  if (digits == 0 || digits >= line.size() || !is_space(line[digits])) return false;
  line = trimmed(line.substr(digits));
  frame = {.function = line, .module = {}};
  if (line.ends_with(')')) {
    // The last bracket that is closed there: names of functions and of files have some, too.
    int depth = 0;
    size_t at = line.size();
    while (at-- > 0) {
      if (line[at] == ')') ++depth;
      if (line[at] == '(' && --depth == 0) break;
    }
    if (at != std::string_view::npos && at > 0 && is_space(line[at - 1])) {
      frame.module = line.substr(at + 1, line.size() - at - 2);
      frame.function = trimmed(line.substr(0, at));
    }
  }
  if (const size_t plus = frame.function.rfind("+0x"); plus != std::string_view::npos) {
    frame.function = frame.function.substr(0, plus);
  }
  return !frame.function.empty();
}

bool counts_time(std::string_view event) {
  return event.starts_with("cpu-clock") || event.starts_with("task-clock");
}

class PerfScript {
 public:
  PerfScript(Input& in, Intake& to) : lines_(in), in_(in), to_(to) {}

  Result<void> read() {
    std::string_view line;
    while (true) {
      HONE_TRY_ASSIGN(const bool got, lines_.next(line));
      if (!got) break;
      if (line.empty()) {
        end_sample();
      } else if (line[0] == '#') {
        continue;
      } else if (is_space(line[0])) {
        take_frame(line);
      } else {
        end_sample();
        Head head;
        if (!parse_head(line, head)) return no_sample(line);
        begin_sample(head);
      }
    }
    end_sample();
    write();
    return {};
  }

 private:
  struct Sample {
    TimeNs time{};
    ThreadId thread{};
    StackId stack{};
    int64_t period = -1;
  };

  tl::unexpected<Error> no_sample(std::string_view line) const {
    constexpr size_t kShown = 60;
    return tl::unexpected(
        Error{.code = Code::Corrupt,
              .message = fmt::format("{}: line {} is no sample as perf script prints them",
                                     in_.name(), lines_.number()),
              .offset = in_.offset(),
              .excerpt = std::string(line.substr(0, kShown)),
              .fixes = {"perf script > FILE   (its own fields, or more of them: -F +pid)"}});
  }

  void begin_sample(const Head& head) {
    if (event_.empty()) event_ = head.event;
    if (head.event != event_) {
      to_.left("import.other_event", "samples of another event than the first are left out", 1,
               recording::kDataLoss);
      return;
    }
    if (head.pid < 0) ++without_pid_;
    const int64_t pid = head.pid < 0 ? head.tid : head.pid;
    to_.name_thread(pid, head.tid, head.name);
    if (pid == head.tid) to_.name_process(pid, head.name);
    now_ = {
        .time = TimeNs{head.time_ns}, .thread = to_.thread(pid, head.tid), .period = head.period};
    is_open_ = true;
    FrameText frame;
    if (parse_frame(head.rest, frame)) add(frame);
  }

  void take_frame(std::string_view line) {
    FrameText frame;
    // Lines without an address say where in the source the frame above them is.
    if (is_open_ && parse_frame(line, frame)) add(frame);
  }

  void add(const FrameText& frame) {
    std::string_view module = frame.module;
    if (module.starts_with("[kernel")) module = "[kernel]";
    frames_.push_back(to_.code(frame.function, module, {}, 0));
  }

  void end_sample() {
    if (!is_open_) return;
    is_open_ = false;
    now_.stack = to_.builder().stack(frames_, path_);
    frames_.clear();
    samples_.push_back(now_);
  }

  // Where the event counts no time, what a sample stands for is the usual time between two.
  int64_t usual_interval() const {
    std::vector<Sample> sorted = samples_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Sample& a, const Sample& b) {
      return a.thread != b.thread ? a.thread < b.thread : a.time < b.time;
    });
    std::vector<int64_t> gaps;
    for (size_t i = 1; i < sorted.size(); ++i) {
      if (sorted[i].thread == sorted[i - 1].thread && sorted[i].time > sorted[i - 1].time) {
        gaps.push_back(raw(sorted[i].time - sorted[i - 1].time));
      }
    }
    if (gaps.empty()) return 0;
    const auto middle = gaps.begin() + static_cast<ptrdiff_t>(gaps.size() / 2);
    std::nth_element(gaps.begin(), middle, gaps.end());
    return *middle;
  }

  void write() {
    const bool has_time = counts_time(event_);
    int64_t interval = -1;
    for (const Sample& sample : samples_) {
      int64_t weight = sample.period;
      if (!has_time || weight < 0) {
        if (interval < 0) interval = usual_interval();
        weight = interval;
        to_.left(
            "import.weight_estimated",
            "samples stand for the usual time between two of a thread: what was printed counts "
            "no time");
      }
      to_.sample(sample.thread, sample.time, sample.stack, DurationNs{weight});
    }
    to_.left("import.no_process_ids",
             "samples without the number of their process: each thread stands as one of its own "
             "(perf script -F +pid prints it)",
             without_pid_);
    if (samples_.empty()) return;
    to_.fact("sampler.name", "perf");
    to_.fact("sampler.event", event_);
  }

  LineReader lines_;
  Input& in_;
  Intake& to_;
  std::string event_;
  Sample now_;
  bool is_open_ = false;
  uint64_t without_pid_ = 0;
  std::vector<FrameId> frames_;
  recording::Builder::Path path_;
  std::vector<Sample> samples_;
};

}  // namespace

bool fits_perf_script(std::string_view head) {
  while (!head.empty()) {
    const size_t end = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 1, head.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    Head found;
    return parse_head(line, found);
  }
  return false;
}

Result<void> import_perf_script(Input& in, Intake& to) {
  return PerfScript(in, to).read();
}

}  // namespace hone::exchange
