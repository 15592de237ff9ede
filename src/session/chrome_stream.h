// Chrome's JSON (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU)
// while the program runs: the array form, which readers take without its closing bracket, so that
// the file of a program that was killed opens as far as it was written.
//
// Spans of one thread are always nested, to the nanosecond: times are moved by what the reading of
// the two clocks is inexact. What is not nested (a fiber's, a span that ended on another thread) is
// asynchronous.
//
//   HONE_TRY_ASSIGN(auto stream, ChromeStream::create("trace.json", "game"));
//   teller.add(*stream); ...; HONE_TRY(stream->finish());
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"
#include "session/events.h"

namespace hone::session {

class ChromeStream final : public Listener {
 public:
  // Replaces a file that begins like one of Chrome's, or is empty; refuses another (E076).
  static Result<std::unique_ptr<ChromeStream>> create(const std::string& path,
                                                      std::string_view program);

  void on_thread(const ThreadSeen& thread) override;
  void on_span(const ThreadSeen& thread, const SpanSeen& span) override;
  void on_mark(const ThreadSeen& thread, const MarkSeen& mark) override;
  void flush() override;
  // Frames that are open end at `end`; the array is closed.
  void finish(TimeNs end);
  // The first error of writing; further events go nowhere.
  const Result<void>& state() const { return state_; }
  uint64_t bytes_written() const { return written_; }
  int descriptor() const { return file_.get(); }

 private:
  // How the spans of one thread that were written lie.
  struct Nest {
    std::vector<int64_t> last_end;     // by depth: the last since one less deep
    std::vector<int64_t> first_start;  // by depth: of those that are in one that has not ended
  };
  ChromeStream(base::UniqueFd file, std::string_view program);
  // Begins an event: all but what is its own.
  void begin(char phase, std::string_view name, std::string_view category, uint32_t tid,
             int64_t time_ns);
  void end();
  void put_color(uint32_t color);
  void put_arguments(const SpanSeen* span, std::span<const Argument> arguments);
  void put_pair(char phase, std::string_view name, std::string_view category, uint32_t tid,
                TimeNs time, std::string_view id);
  void put_frame(const ThreadSeen& thread, const MarkSeen& mark);
  void write_out();

  base::UniqueFd file_;
  std::string out_;
  uint64_t written_ = 0, strays_ = 0;
  Result<void> state_;
  std::unordered_map<uint32_t, Nest> nests_;        // by thread
  std::unordered_map<std::string, uint32_t> open_;  // frames by their set
};

}  // namespace hone::session
