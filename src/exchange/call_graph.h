// Costs by function and line, and calls with what was spent in them: what callgrind and cachegrind
// count. There are no stacks in it, so that these are worked out, as gprof does it: what a function
// spends is split between its callers as what was spent in their calls of it is, whoever called
// them. The own cost of each function and line, summed over its stacks, is exact.
//
//   CallGraph graph(names);
//   const uint32_t main = graph.function({.name = names.add("main")});
//   graph.add_self(main, {.line = 3}, {{event, 7}});
//   graph.write(to, thread, metrics);
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange/intake.h"

namespace hone::exchange {

// Texts by number; 0 is "".
class NameList {
 public:
  NameList() { add(""); }
  uint32_t add(std::string_view text);
  uint64_t held() const { return held_; }
  std::string_view operator[](uint32_t number) const { return texts_[number]; }

 private:
  std::deque<std::string> texts_;  // which do not move
  std::unordered_map<std::string_view, uint32_t> numbers_;
  uint64_t held_ = 0;
};

class CallGraph {
 public:
  // Stacks are written until so many sums are; what is left of a function stands without callers.
  static constexpr size_t kSumsMost = 2'000'000;
  // Stacks that wait for their turn; with as many calls out of each, they could be without end.
  static constexpr size_t kWaitingMost = 4 * kSumsMost;
  // Of what is worked out, and not read: each level is another division of what there is.
  static constexpr uint32_t kWorkedOutDepthMost = 1000;

  explicit CallGraph(const NameList& names, size_t waiting_most = kWaitingMost)
      : names_(names), waiting_most_(waiting_most) {}

  struct Function {
    uint32_t object = 0, name = 0, file = 0;  // of the names
    bool operator==(const Function&) const = default;
  };
  uint32_t function(const Function& of);

  struct Place {
    uint32_t file = 0, line = 0;
    bool operator==(const Place&) const = default;
  };
  struct Value {
    uint32_t event = 0;
    int64_t value = 0;
  };
  // What was spent there itself; the same place again adds to it.
  void add_self(uint32_t function, const Place& place, std::span<const Value> values);
  // `spent`: in the calls from there, of the event that stacks are worked out by.
  void add_call(uint32_t from, const Place& place, uint32_t to, int64_t count, int64_t spent);

  bool has_calls() const { return !calls_.empty(); }
  // `metrics`: by event.
  void write(Intake& to, ThreadId thread, std::span<const MetricId> metrics);
  // Bytes that are kept until then, and that it takes itself; about.
  uint64_t held() const { return held_; }
  // What was written of the first event without callers, for want of room.
  int64_t without_callers() const { return without_callers_; }

 private:
  struct HashOfNumbers {
    size_t operator()(const Function& f) const { return mix(f.object, f.name, f.file); }
    static size_t mix(uint64_t a, uint64_t b, uint64_t c) {
      return ((a * 0x9e3779b97f4a7c15u ^ b) * 0xd1b54a32d192ed03u ^ c) * 0x9e3779b97f4a7c15u >> 7;
    }
  };
  struct SelfRow {
    uint32_t function = 0;
    Place place;
    bool operator==(const SelfRow&) const = default;
  };
  struct Call {
    uint32_t from = 0, to = 0;
    Place place;
    double spent = 0, count = 0;
    double share = 0;  // of what `to` spends; 0: it closes a circle, and is not walked
    bool is_back = false;
  };
  struct CallKey {
    SelfRow at;
    uint32_t to = 0;
    bool operator==(const CallKey&) const = default;
  };
  struct HashOfRow {
    size_t operator()(const SelfRow& row) const {
      return HashOfNumbers::mix(row.function, row.place.file, row.place.line);
    }
    size_t operator()(const CallKey& key) const { return (*this)(key.at) * 31 + key.to; }
  };
  // A function with one of its stacks: `caller` is of nodes_, `call` how it was called from there.
  struct Node {
    uint32_t function = 0, caller = 0, call = 0, depth = 0;
    double share = 0;  // of what the function spends
    StackId above{};
  };

  void group();
  void find_circles();
  void share_out();
  void expand(Intake& to, size_t events);
  void write_function(Intake& to, uint32_t function, ThreadId thread,
                      std::span<const MetricId> metrics);
  FrameId frame(Intake& to, uint32_t function, const Place& place);
  void apportion(int64_t value, std::vector<int64_t>& out);

  const NameList& names_;
  size_t waiting_most_;
  std::vector<Function> functions_;
  std::unordered_map<Function, uint32_t, HashOfNumbers> function_rows_;
  std::vector<SelfRow> rows_;
  std::vector<std::vector<int64_t>> values_;  // by event, then by row
  std::unordered_map<SelfRow, uint32_t, HashOfRow> row_of_;
  std::vector<Call> calls_;
  std::unordered_map<CallKey, uint32_t, HashOfRow> call_of_;
  uint64_t overflows_ = 0, held_ = sizeof(CallGraph);

  // Made by write(): by function, which rows and calls are its own; what it spends in all.
  std::vector<uint32_t> first_row_, rows_by_function_, first_call_, calls_by_function_;
  std::vector<double> self_, all_, root_share_;
  std::vector<uint8_t> in_circle_;
  std::vector<Node> nodes_;
  std::vector<std::vector<uint32_t>> nodes_of_;  // by function
  std::vector<double> shares_;
  std::vector<std::pair<double, uint32_t>> parts_;
  uint64_t back_calls_ = 0;
  int64_t without_callers_ = 0;
};

}  // namespace hone::exchange
