// What Google Benchmark measured (--benchmark_out_format=json). Each repetition is a measurement;
// what is worked out of them (mean, median, ...) is taken only where they are not there.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <vector>

#include "exchange/import.h"
#include "exchange/json_stream.h"

namespace hone::exchange {
namespace {

// A measurement of what is no number would be none of anything.
void measure(Intake& to, const Intake::Measured& one) {
  if (std::isfinite(one.value)) {
    to.measurement(one);
  } else {
    to.left("import.not_finite", "values that are no finite numbers are left out");
  }
}

double ns_of_time_unit(std::string_view unit) {
  if (unit == "us") return 1e3;
  if (unit == "ms") return 1e6;
  return unit == "s" ? 1e9 : 1;
}

bool is_number(std::string_view text) {
  double value = 0;
  return real(text, value);
}

// "Fixture/copy/64/threads:2" -> "Fixture/copy" and "64/threads=2": what stands at the end and is a
// number or has a colon is what it ran with. Namespaces have two of them.
size_t name_length(std::string_view run_name) {
  size_t end = run_name.size();
  while (true) {
    const size_t slash = run_name.substr(0, end).rfind('/');
    if (slash == run_name.npos || slash == 0) return end;
    const std::string_view part = run_name.substr(slash + 1, end - slash - 1);
    const size_t colon = part.find(':');
    const bool is_named = colon != part.npos && colon > 0 && is_number(part.substr(colon + 1));
    if (!is_named && !is_number(part) && part != "real_time" && part != "manual_time" &&
        part != "process_time") {
      return end;
    }
    end = slash;
  }
}

std::string parameters_of(std::string_view run_name, std::string_view label) {
  const size_t end = name_length(run_name);
  std::string out(run_name.substr(std::min(end + 1, run_name.size())));
  for (char& c : out) c = c == ':' ? '=' : c;
  if (!label.empty()) out += fmt::format("{}label={}", out.empty() ? "" : "/", label);
  return out;
}

// One entry of "benchmarks": what it says of itself, and its numbers by name.
struct GoogleRun {
  struct Number {
    std::string name;
    double value = 0;
  };
  std::string name, run_name, type, aggregate, aggregate_unit, unit, label, error, big_o;
  int64_t repetition = -1, iterations = 0;
  bool has_failed = false;
  std::vector<Number> numbers;
};

class GoogleBenchmark {
 public:
  GoogleBenchmark(Input& in, Intake& to) : at_(in), to_(to) {}

  Result<void> read() {
    std::string key;
    if (at_.open('{')) {
      while (at_.key(key)) {
        if (key == "context" && at_.open('{')) {
          take_context();
        } else if (key == "benchmarks" && at_.open('[')) {
          while (at_.element()) take_run(at_.value());
        } else {
          at_.skip();
        }
      }
    }
    HONE_TRY(at_.done());
    note_cut(at_, to_);
    uint64_t left = 0;
    for (const GoogleRun& run : aggregates_) {
      if (repetitions_.contains(run.run_name)) {
        ++left;
      } else {
        write(run, fmt::format(".{}", run.aggregate));
      }
    }
    to_.left("import.aggregates",
             "means, medians and the like are left out: the repetitions that they are of are there",
             left);
    return {};
  }

 private:
  void take_context() {
    std::string name;
    while (at_.key(name)) {
      const std::string_view raw = at_.value();
      std::string_view text = raw;
      if (raw.size() >= 2 && raw.front() == '"') {
        text = plain(raw.substr(1, raw.size() - 2), room_);
      }
      if (name == "executable") to_.fact("run.command", text);
      if (name == "host_name") to_.fact("host.name", text);
      if (name == "num_cpus") to_.fact("host.cpu_count", text);
      to_.fact("benchmark." + name, text);
    }
  }

  void take_run(std::string_view text) {
    JsonScan at(text, true);
    if (!at.open('{')) return broken_run();
    GoogleRun run;
    std::string_view key, raw;
    while (at.key(key)) {
      if (std::string* const known = text_of(run, key)) {
        if (at.text(raw)) *known = plain(raw, room_);
      } else if (key == "error_occurred" || key == "skipped") {
        run.has_failed |= at.value() == "true";
      } else if (!take_number(run, key, at)) {
        return broken_run();  // the stream, which takes whole values, goes on
      }
    }
    if (!at.good()) return broken_run();
    if (run.run_name.empty()) run.run_name = run.name;
    finish(std::move(run));
  }

  void broken_run() {
    if (at_.is_cut() || !at_.is_good()) return;  // that is said
    to_.left("import.bad_benchmark", "entries that are none of a benchmark are left out", 1,
             recording::kDataLoss);
  }

  static std::string* text_of(GoogleRun& run, std::string_view key) {
    if (key == "name") return &run.name;
    if (key == "run_name") return &run.run_name;
    if (key == "run_type") return &run.type;
    if (key == "aggregate_name") return &run.aggregate;
    if (key == "aggregate_unit") return &run.aggregate_unit;
    if (key == "time_unit") return &run.unit;
    if (key == "big_o") return &run.big_o;
    if (key == "label") return &run.label;
    if (key == "error_message" || key == "skip_message") return &run.error;
    return nullptr;
  }

  bool take_number(GoogleRun& run, std::string_view key, JsonScan& at) {
    std::string_view raw;
    double value = 0;
    if (!at.number(raw) || !real(raw, value)) return at.good();
    if (key == "repetition_index") {
      (void)decimal(raw, 1, run.repetition);
    } else if (key == "iterations") {
      (void)decimal(raw, 1, run.iterations);
    } else if (key != "repetitions" && key != "threads" && key != "family_index" &&
               key != "per_family_instance_index") {
      run.numbers.push_back({std::string(plain(key, room_)), value});
    }
    return true;
  }

  // Before 1.5 nothing but the name said that it is one.
  static void find_old_aggregate(GoogleRun& run) {
    for (const std::string_view kind : {"mean", "median", "stddev", "BigO", "RMS"}) {
      const std::string end = "_" + std::string(kind);
      if (!run.name.ends_with(end)) continue;
      run.type = "aggregate";
      run.aggregate = kind;
      run.run_name.resize(run.name.size() - end.size());
    }
  }

  static constexpr size_t kBytesOfKnownRun = 64;  // of one that repetitions_ keeps

  static size_t bytes_of(const GoogleRun& run) {
    size_t out = sizeof(run);
    for (const std::string* text :
         {&run.name, &run.run_name, &run.type, &run.aggregate, &run.aggregate_unit, &run.unit,
          &run.label, &run.error, &run.big_o}) {
      out += text->size();
    }
    for (const GoogleRun::Number& number : run.numbers) out += sizeof(number) + number.name.size();
    return out;
  }

  void finish(GoogleRun&& run) {
    if (run.type.empty() && run.repetition < 0 && run.run_name == run.name) {
      find_old_aggregate(run);
    }
    if (run.has_failed) {
      const std::string detail = fmt::format(
          "benchmarks that failed, or were skipped, have no values; the first is {}: {}", run.name,
          run.error);
      to_.left("import.benchmark_failed", detail, 1, recording::kDataLoss);
    } else if (run.type == "aggregate") {
      if (!at_.hold(bytes_of(run))) return;
      aggregates_.push_back(std::move(run));
    } else {
      const auto [known, is_new] = repetitions_.try_emplace(run.run_name, 0);
      if (is_new && !at_.hold(kBytesOfKnownRun + run.run_name.size())) return;
      const uint32_t next = known->second++;
      if (run.repetition < 0) run.repetition = next;
      write(run, {});
    }
  }

  void write(const GoogleRun& run, std::string_view suffix) {
    const bool is_share = run.aggregate_unit == "percentage";
    const std::string parameters = parameters_of(run.run_name, run.label);
    const std::string fit_unit = run.big_o.empty() || run.big_o == "(1)" ? "ns" : "ns/" + run.big_o;
    for (const GoogleRun::Number& number : run.numbers) {
      Intake::Measured one{
          .benchmark = std::string_view(run.run_name).substr(0, name_length(run.run_name)),
          .parameters = parameters,
          .repetition = static_cast<uint32_t>(std::clamp<int64_t>(run.repetition, 0, INT32_MAX)),
          .value = number.value,
          .iterations = static_cast<uint64_t>(std::max<int64_t>(run.iterations, 0))};
      std::string metric = number.name;
      const bool is_time = metric == "real_time" || metric == "cpu_time";
      if (metric == "real_time") metric = "time";
      metric += suffix;
      one.metric = metric;
      if (is_share) {
        one.unit = "share";
      } else if (is_time) {
        one.unit = "ns";
        one.value *= ns_of_time_unit(run.unit);
      } else if (number.name == "real_coefficient" || number.name == "cpu_coefficient") {
        // Of a fit: so much for each of what the time grows with.
        one.unit = fit_unit;
        one.value *= ns_of_time_unit(run.unit);
      } else if (number.name == "bytes_per_second") {
        one.unit = "bytes/s";
      } else if (number.name == "items_per_second") {
        one.unit = "1/s";
      }
      measure(to_, one);
    }
  }

  JsonStream at_;
  Intake& to_;
  std::string room_;
  std::vector<GoogleRun> aggregates_;
  std::unordered_map<std::string, uint32_t> repetitions_;
};

}  // namespace

bool fits_google_benchmark(std::string_view head) {
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == head.npos || head[first] != '{') return false;
  const auto has = [&](std::string_view name) { return head.find(name) != head.npos; };
  return has("\"context\"") && (has("\"num_cpus\"") || has("\"library_build_type\"")) &&
         has("\"benchmarks\"");
}

Result<void> import_google_benchmark(Input& in, Intake& to) {
  return GoogleBenchmark(in, to).read();
}

}  // namespace hone::exchange
