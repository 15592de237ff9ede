#include "exchange/call_graph.h"

#include <algorithm>
#include <cmath>
#include <queue>

#include "exchange/held_bytes.h"

namespace hone::exchange {
namespace {

// Less than this of a function is rounding, not something left.
constexpr double kNothing = 1e-9;
// What write() keeps of a function: sums, shares, where its rows and calls begin.
constexpr uint64_t kHeldOfWorkedOut = 100;

// Rows by a number that each has: where those of number n begin in `out`.
template <class Rows, class NumberOf>
void group_by(const Rows& rows, size_t numbers, NumberOf&& number_of, std::vector<uint32_t>& first,
              std::vector<uint32_t>& out) {
  first.assign(numbers + 1, 0);
  for (const auto& row : rows) ++first[number_of(row) + 1];
  for (size_t i = 1; i <= numbers; ++i) first[i] += first[i - 1];
  out.resize(rows.size());
  std::vector<uint32_t> next(first.begin(), first.end() - 1);
  for (uint32_t i = 0; i < rows.size(); ++i) out[next[number_of(rows[i])]++] = i;
}

}  // namespace

uint32_t NameList::add(std::string_view text) {
  const auto known = numbers_.find(text);
  if (known != numbers_.end()) return known->second;
  const auto number = static_cast<uint32_t>(texts_.size());
  numbers_.emplace(texts_.emplace_back(text), number);
  held_ += kHeldOfEntry + sizeof(std::string) + text.size();
  return number;
}

uint32_t CallGraph::function(const Function& of) {
  const auto [at, is_new] =
      function_rows_.try_emplace(of, static_cast<uint32_t>(functions_.size()));
  if (is_new) {
    functions_.push_back(of);
    held_ += kHeldOfEntry + 2 * sizeof(Function) + kHeldOfWorkedOut;
  }
  return at->second;
}

void CallGraph::add_self(uint32_t function, const Place& place, std::span<const Value> values) {
  const auto [at, is_new] =
      row_of_.try_emplace(SelfRow{function, place}, static_cast<uint32_t>(rows_.size()));
  if (is_new) {
    rows_.push_back(at->first);
    held_ += kHeldOfEntry + 2 * sizeof(SelfRow) + sizeof(uint32_t);
  }
  for (const Value& each : values) {
    if (values_.size() <= each.event) values_.resize(each.event + 1);
    std::vector<int64_t>& sums = values_[each.event];
    if (sums.size() < rows_.size()) {
      held_ += (rows_.size() - sums.size()) * sizeof(int64_t);
      sums.resize(rows_.size());
    }
    if (__builtin_add_overflow(sums[at->second], each.value, &sums[at->second])) {
      sums[at->second] = INT64_MAX;
      ++overflows_;
    }
  }
}

void CallGraph::add_call(uint32_t from, const Place& place, uint32_t to, int64_t count,
                         int64_t spent) {
  const auto [at, is_new] =
      call_of_.try_emplace(CallKey{{from, place}, to}, static_cast<uint32_t>(calls_.size()));
  if (is_new) {
    calls_.push_back({.from = from, .to = to, .place = place});
    held_ += kHeldOfEntry + sizeof(CallKey) + sizeof(Call) + sizeof(uint32_t);
  }
  calls_[at->second].count += static_cast<double>(count);
  calls_[at->second].spent += static_cast<double>(spent);
}

void CallGraph::group() {
  group_by(
      rows_, functions_.size(), [](const SelfRow& row) { return row.function; }, first_row_,
      rows_by_function_);
  group_by(
      calls_, functions_.size(), [](const Call& call) { return call.from; }, first_call_,
      calls_by_function_);
  self_.assign(functions_.size(), 0);
  if (values_.empty()) return;
  for (size_t i = 0; i < values_[0].size(); ++i) {
    self_[rows_[i].function] += static_cast<double>(values_[0][i]);
  }
}

// Walks calls from those that nobody calls, and then from what is left. A call of a function that
// is being walked closes a circle: recursion, of one function or of several.
void CallGraph::find_circles() {
  const size_t count = functions_.size();
  std::vector<uint32_t> callers(count, 0), place(count, 0), reaches(count, UINT32_MAX);
  in_circle_.assign(count, 0);
  for (const Call& call : calls_) callers[call.to] += call.from != call.to ? 1 : 0;
  enum : uint8_t { kNew, kOpen, kDone };
  std::vector<uint8_t> state(count, kNew);
  struct Open {
    uint32_t function = 0, next = 0;
  };
  std::vector<Open> open;
  const auto walk = [&](uint32_t root) {
    if (state[root] != kNew) return;
    state[root] = kOpen;
    place[root] = 0;
    open.push_back({root, first_call_[root]});
    while (!open.empty()) {
      const uint32_t at = open.back().function;
      if (open.back().next < first_call_[at + 1]) {
        Call& call = calls_[calls_by_function_[open.back().next++]];
        if (state[call.to] == kOpen) {
          call.is_back = true;
          ++back_calls_;
          reaches[at] = std::min(reaches[at], place[call.to]);
        } else if (state[call.to] == kNew) {
          state[call.to] = kOpen;
          place[call.to] = static_cast<uint32_t>(open.size());
          open.push_back({call.to, first_call_[call.to]});
        }
        continue;
      }
      state[at] = kDone;
      in_circle_[at] = reaches[at] <= place[at] ? 1 : 0;
      open.pop_back();
      if (!open.empty() && reaches[at] < place[at]) {
        uint32_t& outer = reaches[open.back().function];
        outer = std::min(outer, reaches[at]);
      }
    }
  };
  for (uint32_t f = 0; f < count; ++f) {
    if (callers[f] == 0) walk(f);
  }
  for (uint32_t f = 0; f < count; ++f) walk(f);
}

// What each call is of all that its function spends; what no call accounts for has no caller.
void CallGraph::share_out() {
  const size_t count = functions_.size();
  std::vector<double> spent(count, 0), calls(count, 0);
  all_ = self_;
  root_share_.assign(count, 1);
  for (const Call& call : calls_) {
    if (call.is_back) continue;
    spent[call.to] += call.spent;
    calls[call.to] += call.count;
    all_[call.from] += call.spent;
  }
  for (Call& call : calls_) {
    if (call.is_back) continue;
    const uint32_t to = call.to;
    // In a circle what was spent in a call counts some of it twice: no difference can be made out.
    const double alone = in_circle_[to] != 0 ? 0 : std::max(0.0, all_[to] - spent[to]);
    if (spent[to] > 0) {
      call.share = call.spent / (spent[to] + alone);
      root_share_[to] = alone / (spent[to] + alone);
    } else if (calls[to] > 0) {
      call.share = call.count / calls[to];
      root_share_[to] = 0;
    }
  }
}

FrameId CallGraph::frame(Intake& to, uint32_t function, const Place& place) {
  const Function& of = functions_[function];
  CodePlaces& places = to.places();
  const ModuleId module = places.module(names_[of.object]);
  const std::string_view name = names_[of.name];
  const CodePlaces::Level level{
      .function = places.function({.module = module,
                                   .name = name.empty() || name == "???" ? "[unknown]" : name,
                                   .file = names_[of.file]}),
      .file = names_[place.file],
      .line = place.line};
  return places.frame(module, {&level, 1});
}

// The heaviest first, so that what has no room is the lightest.
void CallGraph::expand(Intake& to, size_t events) {
  struct Next {
    double weight = 0;
    Node node;
    bool operator<(const Next& other) const { return weight < other.weight; }
  };
  constexpr uint32_t kNone = UINT32_MAX;
  std::priority_queue<Next> queue;
  for (uint32_t f = 0; f < functions_.size(); ++f) {
    if (root_share_[f] <= kNothing) continue;
    queue.push({root_share_[f] * all_[f],
                {.function = f, .caller = kNone, .call = kNone, .share = root_share_[f]}});
  }
  nodes_of_.assign(functions_.size(), {});
  size_t sums = 0, waiting = 0;
  while (!queue.empty()) {
    Node node = queue.top().node;
    queue.pop();
    const uint32_t f = node.function;
    sums += 1 + events * (first_row_[f + 1] - first_row_[f]);
    if (sums > kSumsMost) break;
    if (node.caller != kNone) {
      const Call& call = calls_[node.call];
      node.above = to.builder().callee(nodes_[node.caller].above, frame(to, call.from, call.place));
    }
    const auto row = static_cast<uint32_t>(nodes_.size());
    nodes_.push_back(node);
    nodes_of_[f].push_back(row);
    if (node.depth + 1 >= kWorkedOutDepthMost) continue;
    for (uint32_t i = first_call_[f]; i < first_call_[f + 1]; ++i) {
      const uint32_t index = calls_by_function_[i];
      const Call& call = calls_[index];
      const double share = node.share * call.share;
      // Of less than one event nothing would be left when it is rounded.
      const double weight = share * all_[call.to];
      if (share <= kNothing || (weight < 1 && all_[call.to] >= 1)) continue;
      if (waiting == waiting_most_) break;  // those that wait have their turn
      ++waiting;
      queue.push({weight,
                  {.function = call.to,
                   .caller = row,
                   .call = index,
                   .depth = node.depth + 1,
                   .share = share}});
    }
  }
}

// `value` in whole parts as shares_ say, which are 1 together: each gets what it has whole, and the
// rest goes to those that miss most.
void CallGraph::apportion(int64_t value, std::vector<int64_t>& out) {
  out.assign(shares_.size(), 0);
  parts_.clear();
  int64_t left = value;
  for (uint32_t i = 0; i < shares_.size(); ++i) {
    const double exact = static_cast<double>(value) * shares_[i];
    const auto whole = std::min(static_cast<int64_t>(std::min(exact, 9e18)), left);
    out[i] = whole;
    left -= whole;
    parts_.emplace_back(static_cast<double>(whole) - exact, i);
  }
  // Sums beyond 2^53 are off by more than one part each.
  out[0] += left / static_cast<int64_t>(out.size());
  left -= left / static_cast<int64_t>(out.size());
  const auto end = parts_.begin() + std::min(left, static_cast<int64_t>(parts_.size()));
  std::partial_sort(parts_.begin(), end, parts_.end());
  for (auto at = parts_.begin(); at != end; ++at) ++out[at->second];
}

void CallGraph::write_function(Intake& to, uint32_t function, ThreadId thread,
                               std::span<const MetricId> metrics) {
  if (first_row_[function] == first_row_[function + 1]) return;
  const std::vector<uint32_t>& nodes = nodes_of_[function];
  shares_.clear();
  double sum = 0;
  for (const uint32_t node : nodes) {
    shares_.push_back(nodes_[node].share);
    sum += nodes_[node].share;
  }
  if (sum < 1 - kNothing) {
    shares_.push_back(1 - sum);
    sum = 1;
  }
  for (double& share : shares_) share /= sum;
  std::vector<int64_t> parts;
  for (uint32_t i = first_row_[function]; i < first_row_[function + 1]; ++i) {
    const uint32_t row = rows_by_function_[i];
    const FrameId leaf = frame(to, function, rows_[row].place);
    for (size_t event = 0; event < values_.size(); ++event) {
      if (row >= values_[event].size() || values_[event][row] == 0) continue;
      apportion(values_[event][row], parts);
      for (size_t part = 0; part < parts.size(); ++part) {
        if (parts[part] == 0) continue;
        const bool has_callers = part < nodes.size();
        const StackId above = has_callers ? nodes_[nodes[part]].above : StackId::kNone;
        if (!has_callers && event == 0) {
          without_callers_ += std::min(parts[part], INT64_MAX - without_callers_);
        }
        to.cost(thread, to.builder().callee(above, leaf), metrics[event], parts[part], 0);
      }
    }
  }
}

void CallGraph::write(Intake& to, ThreadId thread, std::span<const MetricId> metrics) {
  group();
  find_circles();
  share_out();
  expand(to, std::max<size_t>(values_.size(), 1));
  for (uint32_t f = 0; f < functions_.size(); ++f) {
    write_function(to, f, thread, metrics);
  }
  to.left("import.cost_out_of_range", "sums that a recording cannot hold end at what it can",
          overflows_, recording::kDataLoss);
  if (calls_.empty()) return;
  to.left("callgrind.stacks_worked_out",
          "stacks are worked out: the file has calls and no stacks, and what a function spends is "
          "taken to be split between its callers as what was spent in their calls is; the cost of "
          "each function and line is exact",
          nodes_.size());
  to.left("callgrind.recursion",
          "calls lead back to a function that is on the stack: what they spend stands where it was "
          "called first",
          back_calls_);
}

}  // namespace hone::exchange
