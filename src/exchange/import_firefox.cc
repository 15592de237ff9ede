// Profiles of Firefox Profiler, as it and samply save them ("processed"): threads with samples and
// markers, counters, and tables of stacks, frames, functions and texts. Up to version 55 texts are
// of each thread, up to 59 all tables are; then all threads share them, wherever they stand in the
// file. So columns are kept until its end. Format: CHANGELOG-formats.md of Firefox Profiler.
#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <deque>

#include "exchange/import.h"
#include "exchange/import_firefox_parts.h"

namespace hone::exchange {
namespace {

constexpr int64_t kNewestFirefox = 75;

class FirefoxFile {
 public:
  FirefoxFile(Input& in, Intake& to) : at_(in), to_(to) {}

  Result<void> read() {
    std::string key;
    if (at_.open('{')) {
      while (at_.key(key)) member(key);
    }
    HONE_TRY(at_.done());
    note_cut(at_, to_);
    write_facts();
    firefox_import::Writer writer(to_, meta_, libs_, shared_);
    for (const auto& thread : threads_) writer.write(thread);
    for (const auto& counter : counters_) writer.write(counter);
    if (writer.has_samples()) to_.fact("sampler.name", "Firefox Profiler");
    return {};
  }

 private:
  void member(const std::string& key) {
    if (key == "meta") {
      meta_.take(at_);
    } else if (key == "libs" && at_.open('[')) {
      while (at_.element()) take_lib();
    } else if (key == "shared" && at_.open('{')) {
      while (at_.key(key_)) {
        if (!shared_.take(key_, at_)) at_.skip();
      }
    } else if (key == "threads" && at_.open('[')) {
      while (at_.element()) take_thread();
    } else if (key == "counters" && at_.open('[')) {
      while (at_.element()) take_counter();
    } else {
      at_.skip();
    }
  }

  void take_lib() {
    std::string name, path;
    if (!at_.open('{')) {
      at_.skip();
    } else {
      while (at_.key(key_)) {
        if (key_ == "name") {
          at_.text(name);
        } else if (key_ == "path") {
          at_.text(path);
        } else {
          at_.skip();
        }
      }
    }
    libs_.push_back(path.empty() ? name : path);
    at_.hold(held_bytes(libs_.back()));
  }

  // A number, or a text that mostly is one.
  void take_id(std::string& out) {
    if (at_.peek() == '"') {
      at_.text(out);
    } else {
      out = at_.value();
    }
  }

  void take_thread() {
    if (!at_.open('{')) return at_.skip();
    firefox_import::ThreadColumns& of = threads_.emplace_back();
    while (at_.key(key_)) {
      if (key_ == "name") {
        at_.text(of.name);
      } else if (key_ == "processName") {
        at_.text(of.process_name);
      } else if (key_ == "pid") {
        take_id(of.pid);
      } else if (key_ == "tid") {
        take_id(of.tid);
      } else if (key_ == "samples") {
        of.samples.take(at_);
      } else if (key_ == "nativeAllocations") {
        of.allocations.take(at_);
      } else if (key_ == "markers") {
        of.markers.take(at_);
      } else if (!of.tables.take(key_, at_)) {
        at_.skip();
      }
    }
    // Their columns count themselves.
    constexpr size_t kColumns = 10;  // of samples and allocations
    at_.hold(kColumns * PackedNumbers::kBytesOfEmpty);
    at_.hold(sizeof(of) + of.name.size() + of.process_name.size() + of.pid.size() + of.tid.size());
  }

  void take_counter_samples(firefox_import::CounterColumns& of) {
    std::string key;
    while (at_.key(key)) {
      if (key == "time") {
        at_.column(1'000'000, firefox_import::kNoTime, of.times.time);
      } else if (key == "timeDeltas") {
        at_.column(1'000'000, 0, of.times.delta);
      } else if (key == "count") {
        at_.column(NAN, of.count);
      } else if (key == "samples" && at_.open('{')) {
        return take_inner(of);
      } else {
        at_.skip();
      }
    }
  }

  // Before 48 they stand one object further in.
  void take_inner(firefox_import::CounterColumns& of) {
    std::string key;
    while (at_.key(key)) {
      if (key == "time") {
        at_.column(1'000'000, firefox_import::kNoTime, of.times.time);
      } else if (key == "count") {
        at_.column(NAN, of.count);
      } else {
        at_.skip();
      }
    }
    while (at_.key(key)) at_.skip();  // of the group
  }

  void take_counter() {
    if (!at_.open('{')) return at_.skip();
    firefox_import::CounterColumns& of = counters_.emplace_back();
    while (at_.key(key_)) {
      if (key_ == "name") {
        at_.text(of.name);
      } else if (key_ == "category") {
        at_.text(of.category);
      } else if (key_ == "mainThreadIndex") {
        at_.whole(of.thread);
      } else if (key_ == "samples" && at_.open('{')) {
        take_counter_samples(of);
      } else if (key_ == "sampleGroups" && at_.open('[')) {
        for (bool is_first = true; at_.element(); is_first = false) {
          if (is_first && at_.open('{')) {
            take_counter_samples(of);
          } else {
            at_.skip();
          }
        }
      } else {
        at_.skip();
      }
    }
    constexpr size_t kColumns = 3;
    at_.hold(sizeof(of) + kColumns * PackedNumbers::kBytesOfEmpty + of.name.size() +
             of.category.size());
  }

  void write_facts() {
    if (!meta_.product.empty()) to_.fact("run.command", meta_.product);
    to_.fact("import.version", fmt::format("{}", meta_.version));
    if (meta_.version > kNewestFirefox) {
      to_.left("import.newer_version",
               fmt::format("the file is of version {}, newer than {}, the last that is known: what "
                           "has another shape in it is not there",
                           meta_.version, kNewestFirefox));
    }
    const double seconds = meta_.start_ms / 1000;
    constexpr double kYear3000 = 32503680000;
    if (!(seconds > 0 && seconds < kYear3000)) return;
    const auto when = static_cast<std::time_t>(seconds);
    std::tm parts{};
    char text[32];
    if (::gmtime_r(&when, &parts) == nullptr) return;
    const size_t bytes = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
    to_.fact("run.started_utc", std::string_view(text, bytes));
  }

  JsonStream at_;
  Intake& to_;
  firefox_import::Meta meta_;
  firefox_import::Tables shared_;
  std::vector<std::string> libs_;
  std::deque<firefox_import::ThreadColumns> threads_;
  std::deque<firefox_import::CounterColumns> counters_;
  std::string key_;
};

}  // namespace

bool fits_firefox(std::string_view head) {
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == head.npos || head[first] != '{') return false;
  const auto has = [&](std::string_view name) { return head.find(name) != head.npos; };
  if (!has("\"meta\"")) return false;
  if (has("\"preprocessedProfileVersion\"")) return true;
  return has("\"interval\"") && has("\"startTime\"") &&
         (has("\"stackwalk\"") || has("\"processType\""));
}

Result<void> import_firefox(Input& in, Intake& to) {
  return FirefoxFile(in, to).read();
}

}  // namespace hone::exchange
