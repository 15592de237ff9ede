// The doors of hone/session.h.
#include "hone/session.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <mutex>

#include "base/host/file.h"
#include "session/recorder.h"

namespace hone::session {
namespace {

// Neither is ever destroyed: a program may stop its session while its static objects go.
std::mutex& session_mutex() {
  static auto* const mutex = new std::mutex;
  return *mutex;
}
Recorder* running;

void say(const std::string& text) {
  std::string line = "hone: " + text;
  while (line.ends_with('\n')) line.pop_back();
  (void)base::write_all(2, base::as_bytes(line + "\n"));
}

void in_forked_child() {
  // Its thread is the parent's. What it holds is as the fork found it, and is not to be touched.
  if (running) running->leave_to_parent();
  running = nullptr;
}

void watch_forks() {
  static const bool once = [] {
    return ::pthread_atfork([] { session_mutex().lock(); }, [] { session_mutex().unlock(); },
                            [] {
                              in_forked_child();
                              session_mutex().unlock();
                            }) == 0;
  }();
  (void)once;
}

bool start(const hone_session_options& options) {
  const Settings settings =
      read_settings(options, [](const char* name) { return std::getenv(name); });
  if (!settings.wanted) return false;
  for (const std::string& problem : settings.problems) say(problem);
  watch_forks();
  const std::lock_guard lock(session_mutex());
  if (running) {
    say("no session: one runs already");
    return false;
  }
  auto started = Recorder::start(settings, &say);
  if (!started) {
    const Error& error = started.error();
    say(fmt::format("no session: {}{}", error.message,
                    error.number.empty() ? "" : " (" + error.number + ")"));
    return false;
  }
  running = started->release();
  return true;
}

void stop() {
  const std::lock_guard lock(session_mutex());
  if (!running) return;
  running->stop();
  delete std::exchange(running, nullptr);
}

}  // namespace
}  // namespace hone::session

extern "C" {

int hone_session_start(const hone_session_options* options) {
  static const hone_session_options kDefaults{};
  try {
    return hone::session::start(options ? *options : kDefaults) ? 1 : 0;
  } catch (const std::exception& problem) {
    hone::session::say(std::string("no session: ") + problem.what());
    return 0;
  }
}

void hone_session_stop(void) {
  try {
    hone::session::stop();
  } catch (const std::exception& problem) {
    hone::session::say(std::string("the session did not end well: ") + problem.what());
  }
}

int hone_session_start_default(void) {
  if (!hone_session_start(nullptr)) return 0;
  std::atexit(&hone_session_stop);
  std::at_quick_exit(&hone_session_stop);
  return 1;
}
}
