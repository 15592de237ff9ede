// What hyperfine measured (--export-json): the wall time and the exit status of each run, and the
// mean CPU time of all runs of a command.
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "exchange/import.h"
#include "exchange/json_stream.h"

namespace hone::exchange {
namespace {

constexpr double kNsOfASecond = 1e9;

struct HyperfineResult {
  std::string command, parameters;
  std::vector<double> times, memory, exit_codes;
  double mean = NAN, user = NAN, system = NAN;
};

class Hyperfine {
 public:
  Hyperfine(Input& in, Intake& to) : at_(in), to_(to) {}

  Result<void> read() {
    std::string key;
    if (at_.open('{')) {
      while (at_.key(key)) {
        if (key == "results" && at_.open('[')) {
          while (at_.element()) take_result();
        } else {
          at_.skip();
        }
      }
    }
    HONE_TRY(at_.done());
    note_cut(at_, to_);
    return {};
  }

 private:
  void take_result() {
    if (!at_.open('{')) return at_.skip();
    HyperfineResult of;
    std::string key;
    uint64_t aggregates = 0;
    while (at_.key(key)) {
      if (key == "command") {
        at_.text(of.command);
      } else if (key == "times") {
        take_list(of.times);
      } else if (key == "memory_usage_byte") {
        take_list(of.memory);
      } else if (key == "exit_codes") {
        take_list(of.exit_codes);
      } else if (key == "parameters" && at_.open('{')) {
        take_parameters(of);
      } else if (key == "mean") {
        ++aggregates;
        at_.real(of.mean);
      } else if (key == "user") {
        at_.real(of.user);
      } else if (key == "system") {
        at_.real(of.system);
      } else {
        aggregates += key == "stddev" || key == "median" || key == "min" || key == "max" ? 1 : 0;
        at_.skip();
      }
    }
    write(of, aggregates);
  }

  // null, of a run that a signal ended, is no number.
  void take_list(std::vector<double>& out) {
    if (!at_.open('[')) return at_.skip();
    while (at_.element()) {
      if (!at_.hold(sizeof(double))) return;
      double value = NAN;
      if (!at_.real(value)) value = NAN;
      out.push_back(value);
    }
  }

  void take_parameters(HyperfineResult& of) {
    std::string name, value;
    while (at_.key(name)) {
      if (at_.peek() == '"') {
        at_.text(value);
      } else {
        value = at_.value();  // as it is written
      }
      if (!of.parameters.empty()) of.parameters += '/';
      of.parameters += name + "=" + value;
    }
  }

  void one(const HyperfineResult& of, std::string_view metric, std::string_view unit, size_t i,
           double value, uint64_t iterations) {
    if (!std::isfinite(value)) {
      to_.left("import.not_finite", "values that are no finite numbers are left out");
      return;
    }
    to_.measurement({.benchmark = of.command,
                     .parameters = of.parameters,
                     .metric = metric,
                     .unit = unit,
                     .repetition = static_cast<uint32_t>(i),
                     .value = value,
                     .iterations = iterations});
  }

  void write(const HyperfineResult& of, uint64_t aggregates) {
    for (size_t i = 0; i < of.times.size(); ++i) {
      one(of, "time", "ns", i, of.times[i] * kNsOfASecond, 1);
    }
    for (size_t i = 0; i < of.memory.size(); ++i) one(of, "memory", "bytes", i, of.memory[i], 1);
    for (size_t i = 0; i < of.exit_codes.size(); ++i) {
      if (std::isfinite(of.exit_codes[i])) {
        one(of, "exit_code", {}, i, of.exit_codes[i], 1);
      } else {
        to_.left("import.ended_by_signal", "runs that a signal ended have no exit status");
      }
    }
    const uint64_t runs = of.times.size();
    if (!std::isnan(of.user)) one(of, "user_time.mean", "ns", 0, of.user * kNsOfASecond, runs);
    if (!std::isnan(of.system))
      one(of, "system_time.mean", "ns", 0, of.system * kNsOfASecond, runs);
    if (runs > 0) {
      to_.left("import.aggregates",
               "means, medians and the like are left out: the repetitions that they are of are "
               "there",
               aggregates);
    } else if (!std::isnan(of.mean)) {
      one(of, "time.mean", "ns", 0, of.mean * kNsOfASecond, 0);
    }
  }

  JsonStream at_;
  Intake& to_;
};

}  // namespace

bool fits_hyperfine(std::string_view head) {
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == head.npos || head[first] != '{') return false;
  const auto has = [&](std::string_view name) { return head.find(name) != head.npos; };
  return has("\"results\"") && has("\"command\"") && has("\"mean\"") && has("\"stddev\"");
}

Result<void> import_hyperfine(Input& in, Intake& to) {
  return Hyperfine(in, to).read();
}

}  // namespace hone::exchange
