// What callgrind and cachegrind write. Format: "Callgrind Format Specification" of valgrind's
// manual; cachegrind's is a part of it.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/call_graph.h"
#include "exchange/cost_metrics.h"
#include "exchange/import.h"
#include "exchange/line_reader.h"
#include "exchange/words.h"

namespace hone::exchange {
namespace {

constexpr size_t kEventsMost = 64;

bool is_position(char c) {
  return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '*';
}

// "12", "0x1f", "+3", "-3", "*": the last two against the position before.
bool parse_position(std::string_view word, uint64_t& position) {
  if (word == "*") return true;
  uint64_t number = 0;
  const bool is_more = word.starts_with('+'), is_less = word.starts_with('-');
  if (!parse_address(word.substr(is_more || is_less ? 1 : 0), number)) return false;
  position = is_more ? position + number : is_less ? position - number : number;
  return true;
}

class CallgrindFile {
 public:
  CallgrindFile(Input& in, Intake& to) : lines_(in), in_(in), to_(to) {}

  Result<void> read() {
    std::string_view line;
    while (true) {
      HONE_TRY_ASSIGN(const bool got, lines_.next(line));
      if (!got) break;
      const std::string_view words = stripped(line);
      if (words.empty() || words.starts_with('#')) continue;
      const bool is_taken = is_position(words[0]) ? take_costs(words) : take_words(words);
      if (!is_taken) return refused(line);
      HONE_TRY(in_.held().set(held()));
    }
    if (events_.empty()) return refused("");
    end_part();
    write();
    return {};
  }

 private:
  // Positions of one kind share their numbers: "(3) name" gives one, "(3)" stands for it.
  enum Kind : uint8_t { kObject, kFile, kFunction };
  struct Event {
    std::string name;
    MetricId metric{};
  };

  tl::unexpected<Error> refused(std::string_view line) const {
    constexpr size_t kShown = 60;
    return tl::unexpected(Error{
        .code = Code::Corrupt,
        .message =
            fmt::format("{}: line {} is not of callgrind's format{}", in_.name(), lines_.number(),
                        events_.empty() ? ", which names its events (events: ...) first" : ""),
        .offset = in_.offset(),
        .excerpt = std::string(line.substr(0, kShown))});
  }

  bool take_words(std::string_view line) {
    const size_t end = line.find_first_of("=:");
    if (end == line.npos) return false;
    const std::string_view key = line.substr(0, end);
    const std::string_view value = stripped(line.substr(end + 1));
    return line[end] == '=' ? take_spec(key, value) : take_header(key, value);
  }

  uint32_t name(Kind kind, std::string_view text) {
    uint64_t number = 0;
    const size_t close = text.find(')');
    if (!text.starts_with('(') || close == text.npos ||
        !parse_number(text.substr(1, close - 1), number)) {
      return names_.add(text);
    }
    const std::string_view rest = stripped(text.substr(close + 1));
    if (!rest.empty()) return numbered_[kind][number] = names_.add(rest);
    const auto known = numbered_[kind].find(number);
    if (known != numbered_[kind].end()) return known->second;
    to_.left("callgrind.missing_name", "numbers of names that the file did not give", 1,
             recording::kDataLoss);
    return names_.add("???");
  }
  // Valgrind's word for what it does not know.
  uint32_t file_name(std::string_view text) {
    const uint32_t out = name(kFile, text);
    return names_[out] == "???" ? 0 : out;
  }

  bool take_spec(std::string_view key, std::string_view value) {
    if (key == "fl") {
      function_file_ = file_ = file_name(value);
    } else if (key == "fi" || key == "fe") {
      file_ = file_name(value);
    } else if (key == "fn") {
      function_name_ = name(kFunction, value);
      // What was inlined at the end of the function before is none of this one.
      file_ = function_file_;
      has_function_ = false;
    } else if (key == "ob") {
      object_ = name(kObject, value);
      has_function_ = false;
    } else if (key == "cfi" || key == "cfl") {
      called_file_ = file_name(value);
      has_called_file_ = true;
    } else if (key == "cfn") {
      called_name_ = name(kFunction, value);
    } else if (key == "cob") {
      called_object_ = name(kObject, value);
      has_called_object_ = true;
    } else if (key == "calls") {
      is_call_ = parse_number(take_word(value), call_count_);
      return is_call_ && call_count_ >= 0;
    } else if (key == "jfi") {
      name(kFile, value);
    } else if (key == "jfn") {
      name(kFunction, value);
    }
    // Of jumps (jump=, jcnd=) a recording has nothing.
    return true;
  }

  bool take_header(std::string_view key, std::string_view value) {
    int64_t number = 0;
    if (key == "version") return parse_number(value, number) && number <= 1;
    if (key == "events") {
      end_part();
      return take_events(value);
    }
    if (key == "positions") {
      has_addresses_ = value.find("instr") != value.npos || value.find("addr") != value.npos;
      has_lines_ = value.find("line") != value.npos;
    } else if (key == "event") {
      // "Ir : Instruction Fetch", "Sum = Ir + Dr : Both"
      const size_t title = value.find(':');
      const std::string_view of = stripped(value.substr(0, value.find_first_of("=:")));
      if (title != value.npos) {
        titles_[std::string(of)] = stripped(value.substr(title + 1));
        held_of_titles_ += kHeldOfEntry + value.size();
      }
    } else if (key == "summary") {
      take_sums(value, summary_);
    } else if (key == "totals") {
      take_sums(value, totals_);
    } else if (key == "pid") {
      parse_number(value, pid_);
    } else if (key == "thread") {
      if (parse_number(value, number)) begin_thread(number);
    } else if (key == "cmd" && !value.empty()) {
      command_ = value;
    } else if (key == "creator") {
      to_.fact("import.creator", value);
    }
    return true;
  }

  bool take_events(std::string_view words) {
    columns_.clear();
    for (std::string_view word = take_word(words); !word.empty(); word = take_word(words)) {
      const auto known = std::find_if(events_.begin(), events_.end(),
                                      [&](const Event& event) { return event.name == word; });
      columns_.push_back(static_cast<uint32_t>(known - events_.begin()));
      if (known == events_.end()) {
        if (events_.size() == kEventsMost) return false;
        events_.push_back({.name = std::string(word)});
      }
    }
    sums_.assign(columns_.size(), 0);
    return !columns_.empty();
  }

  void take_sums(std::string_view words, std::vector<uint64_t>& sums) {
    sums.clear();
    for (std::string_view word = take_word(words); !word.empty(); word = take_word(words)) {
      uint64_t number = 0;
      if (!parse_address(word, number) || sums.size() >= kEventsMost) return sums.clear();
      sums.push_back(number);
    }
  }

  void begin_thread(int64_t number) {
    to_graph(number < 0 ? ThreadId::kNone : to_.thread(pid_, number));
    has_function_ = false;
  }
  void to_graph(ThreadId thread) {
    if (!graphs_.empty()) held_of_others_ += graph().held();
    const auto [at, is_new] =
        graph_of_.try_emplace(raw(thread), static_cast<uint32_t>(graphs_.size()));
    if (is_new) {
      graphs_.push_back({thread, std::make_unique<CallGraph>(names_)});
      held_of_others_ += kHeldOfEntry + sizeof(ThreadGraph) + kHeldOfThread;
    }
    graph_ = at->second;
    if (!is_new) held_of_others_ -= graph().held();
  }
  uint64_t held() const {
    uint64_t out = names_.held() + held_of_others_ + held_of_titles_;
    for (const auto& numbers : numbered_) out += numbers.size() * (kHeldOfEntry + 16);
    return out + (graphs_.empty() ? 0 : graphs_[graph_].graph->held());
  }
  CallGraph& graph() {
    if (graphs_.empty()) to_graph(ThreadId::kNone);
    return *graphs_[graph_].graph;
  }

  // "16 400", with as many positions in front as the file has, and zeros at the end left out.
  bool take_costs(std::string_view line) {
    if (columns_.empty()) return false;
    if (has_addresses_ && !parse_position(take_word(line), address_)) return false;
    if (has_lines_ || !has_addresses_) {
      if (!parse_position(take_word(line), line_)) return false;
    }
    costs_.clear();
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      uint64_t number = 0;
      if (costs_.size() == columns_.size() || !parse_address(word, number)) return false;
      if (number > INT64_MAX) {
        to_.left("import.cost_out_of_range", "numbers that a recording cannot hold are left out", 1,
                 recording::kDataLoss);
        number = 0;
      }
      costs_.push_back({columns_[costs_.size()], static_cast<int64_t>(number)});
    }
    const CallGraph::Place place{file_, line_ <= UINT32_MAX ? static_cast<uint32_t>(line_) : 0};
    if (!has_function_) {
      function_ = graph().function({object_, function_name_, function_file_});
      has_function_ = true;
    }
    if (is_call_) {
      take_call(place);
      return true;
    }
    for (size_t i = 0; i < costs_.size(); ++i) sums_[i] += static_cast<uint64_t>(costs_[i].value);
    if (!costs_.empty()) graph().add_self(function_, place, costs_);
    return true;
  }

  void take_call(const CallGraph::Place& place) {
    const uint32_t called =
        graph().function({has_called_object_ ? called_object_ : object_, called_name_,
                          has_called_file_ ? called_file_ : file_});
    int64_t spent = 0;
    for (const CallGraph::Value& each : costs_) {
      if (each.event == 0) spent = each.value;
    }
    graph().add_call(function_, place, called, call_count_, spent);
    is_call_ = has_called_file_ = has_called_object_ = false;
  }

  // What the file says that there is in all, against what was found in it.
  void end_part() {
    const bool has_totals = !totals_.empty();
    if (has_totals) compare(totals_, "totals", recording::kDataLoss);
    // What callgrind counted, of which it does not find a place for each: no fault where its own
    // totals are right.
    compare(summary_, "summary", has_totals ? recording::kInfo : recording::kDataLoss);
    summary_.clear();
    totals_.clear();
    sums_.assign(columns_.size(), 0);
  }

  void compare(const std::vector<uint64_t>& told, std::string_view key, uint8_t severity) {
    for (size_t i = 0; i < told.size() && i < sums_.size(); ++i) {
      if (told[i] == sums_[i]) continue;
      to_.left(fmt::format("callgrind.{}_differ", key),
               fmt::format("sums of the file's lines are not what its {} says: {} {} against {}",
                           key, sums_[i], events_[columns_[i]].name, told[i]),
               1, severity);
    }
  }

  void write() {
    std::vector<MetricId> metrics;
    for (const Event& event : events_) {
      const auto title = titles_.find(event.name);
      const CostMetric metric =
          valgrind_metric(event.name, title == titles_.end() ? std::string_view() : title->second);
      metrics.push_back(to_.metric(metric.name, metric.title, metric.unit));
    }
    if (!command_.empty()) to_.fact("run.command", command_);
    for (const ThreadGraph& each : graphs_) {
      each.graph->write(to_, each.thread, metrics);
      if (const int64_t alone = each.graph->without_callers(); alone > 0) {
        to_.left("callgrind.without_callers",
                 fmt::format("{} stand without callers: their stacks are too many, or too light to "
                             "be written",
                             events_[0].name),
                 static_cast<uint64_t>(alone));
      }
    }
    if (has_addresses_) {
      to_.left("callgrind.addresses",
               "costs by instruction are taken by line: addresses are left out", 1,
               recording::kInfo);
    }
  }

  struct ThreadGraph {
    ThreadId thread{};  // kNone: it does not say
    std::unique_ptr<CallGraph> graph;
  };

  LineReader lines_;
  Input& in_;
  Intake& to_;
  NameList names_;
  std::unordered_map<uint64_t, uint32_t> numbered_[3];  // by Kind
  std::vector<Event> events_;
  std::vector<uint32_t> columns_;  // of a line -> event
  std::unordered_map<std::string, std::string> titles_;
  std::vector<uint64_t> summary_, totals_, sums_;  // of a part, by column
  std::vector<ThreadGraph> graphs_;
  std::unordered_map<uint32_t, uint32_t> graph_of_;  // by thread
  size_t graph_ = 0;
  uint64_t held_of_others_ = 0;  // of graphs that are not graph_
  uint64_t held_of_titles_ = 0;
  std::vector<CallGraph::Value> costs_;
  std::string command_;
  int64_t pid_ = 0, call_count_ = 0;
  uint64_t address_ = 0, line_ = 0;
  uint32_t object_ = 0, file_ = 0, function_file_ = 0, function_name_ = 0, function_ = 0;
  uint32_t called_object_ = 0, called_file_ = 0, called_name_ = 0;
  bool has_addresses_ = false, has_lines_ = true, has_function_ = false, is_call_ = false;
  bool has_called_file_ = false, has_called_object_ = false;
};

}  // namespace

// By its first line, or by a head that names its events before anything else than such keys.
bool fits_callgrind(std::string_view head) {
  if (head.starts_with("# callgrind format")) return true;
  constexpr std::string_view kKeys[] = {"version:", "creator:", "pid:",   "thread:",    "part:",
                                        "cmd:",     "desc:",    "event:", "positions:", "summary:"};
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(line.size() + 1, head.size()));
    if (line.starts_with("events:")) return head.find("fn=") != head.npos;
    const bool is_known = line.empty() || line == "\r" || line[0] == '#' ||
                          std::any_of(std::begin(kKeys), std::end(kKeys),
                                      [&](std::string_view key) { return line.starts_with(key); });
    if (!is_known) return false;
  }
  return false;
}

Result<void> import_callgrind(Input& in, Intake& to) {
  return CallgrindFile(in, to).read();
}

}  // namespace hone::exchange
