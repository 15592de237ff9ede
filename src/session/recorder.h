// The session itself: one thread that reads the rings of this program and hands what is in them to
// the outputs.
//
//   auto recorder = Recorder::start(settings, say);
//   ...
//   (*recorder)->stop();
//
// start() and stop() from one thread at a time.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/host/result.h"
#include "session/chrome_stream.h"
#include "session/console.h"
#include "session/own_memory.h"
#include "session/recording_output.h"
#include "session/settings.h"
#include "session/tally.h"
#include "session/teller.h"

namespace hone::session {

class Recorder {
 public:
  // A line for the person, without what says whose it is.
  using Say = void (*)(const std::string&);
  // Errors: E075 another recorder records the program; E076 no output can be written.
  static Result<std::unique_ptr<Recorder>> start(const Settings& settings, Say say);
  ~Recorder();
  // Reads what is left, and closes the outputs. Not in a forked child.
  void stop();
  // In a forked child, where there is no thread of ours: what would keep the parent's files open is
  // closed, and all else left as it lies. Async-signal-safe.
  void leave_to_parent() const;

 private:
  Recorder(const Settings& settings, Say say);
  Result<void> open_outputs();
  Result<void> own_sources();
  Result<void> start_thread();
  void run();
  void run_or_say();
  void wait();
  void look_for_libraries();
  void ask(Source& source);
  void read(bool last);
  void flush();
  void finish();
  void remember_descriptors();
  void say_end(TimeNs end);
  drain::SpanCounts losses() const;
  bool has_outputs() const { return recording_ || teller_.has_listeners(); }
  void note_chrome();
  void give_up_recording(const Error& error);

  const Settings settings_;
  const Say say_;
  const TimeNs start_;
  drain::TickClock clock_;
  drain::SiteIds sites_;
  Teller teller_;
  std::string recording_path_, chrome_path_;
  std::unique_ptr<RecordingOutput> recording_;
  std::unique_ptr<ChromeStream> chrome_;
  std::optional<Console> console_;
  std::optional<Tally> tally_;
  std::vector<std::unique_ptr<Source>> sources_;
  uint64_t libraries_ = 0;  // when it was last looked for memory
  bool chrome_failed_ = false;
  pthread_t thread_{};
  bool has_thread_ = false;
  std::atomic<bool> stopping_ = false;
  // Futex of the first source, or null.
  std::atomic<const drain::SpanRings*> wakes_ = nullptr;
  std::array<std::atomic<int>, 16> descriptors_;
};

}  // namespace hone::session
