/* A program that records itself: spans, frames, plots and messages of hone/hone.h into a file, with
 * no recorder beside it.
 *
 *   #include <hone/session.h>
 *
 *   int main() {
 *     hone::start_default();               // one line: stops when the program exits
 *     ...
 *   }
 *
 *   hone_session_options options = {};
 *   options.chrome = "on";                 // ./trace.json, for Perfetto and chrome://tracing
 *   options.when_full = "block";
 *   hone::Session session(options);        // stops at the end of the block
 *
 * Link libhone-session and libhone. One thread, named hone-session, with all signals blocked, reads
 * what the others write; they pay what they pay under `hone record`. One session a process, and one
 * recorder a program: where `hone record` records it already the session stands back. Every failure
 * to start leaves the program running, with one line on standard error that says why.
 *
 * The environment (HONE_RECORDING, HONE_CHROME, HONE_CONSOLE, ...: docs/guide/instrumenting.md)
 * counts before what the code says. C11 and C++11. Functions may be called from any thread, one at
 * a time; not from handlers of signals. */
#ifndef HONE_SESSION_H
#define HONE_SESSION_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All zero: a recording, and the defaults. Texts are copied. */
typedef struct hone_session_options {
  /* The outputs, each by itself: "on", "off" or a path, in which %p is the process id and %% a
   * percent sign. Where no output is chosen there is a recording. */
  const char* recording; /* on: NAME.hone, by the program's name */
  const char* chrome;    /* Chrome's JSON; on: trace.json */
  const char* console;   /* "on": messages, and what took long, as it happens on standard error */
  const char* summary;   /* "on": at the end, the spans and frames that took longest, and losses */

  const char* filter;    /* like HONE_FILTER: "Physics=trace,Render=info" */
  const char* when_full; /* what a thread does whose ring is full: "drop" the newest (the default),
                            "block" until there is room, "overwrite" the oldest */
  uint64_t buffer_bytes; /* of all rings together; a thread has 2 MiB. 0: for 4,096 threads. Threads
                            beyond that are not recorded, and counted */
  uint64_t flush_ns;     /* how often what was read goes into the files; 0: 100 ms. What a killed
                            program loses */
  uint64_t console_over_ns; /* the console tells of spans and frames that take longer; 0: 50 ms */
  uint64_t adaptive;        /* of a place with more spans a second than this, on one thread, all are
                               counted        and about so many are timed; 0: all are timed */
  uint64_t reserved[7];
} hone_session_options;

/* Null: the defaults. True when the program is recorded from now on. */
int hone_session_start(const hone_session_options* options);
/* All that was written before is in the files when it returns. Harmless without a session. */
void hone_session_stop(void);
/* Starts with the defaults and the environment's settings, and stops when the program exits. */
int hone_session_start_default(void);

#ifdef __cplusplus
}

namespace hone {

using SessionOptions = hone_session_options;

class Session {
 public:
  explicit Session(const SessionOptions& options = SessionOptions())
      : started_(hone_session_start(&options) != 0) {}
  ~Session() {
    if (started_) hone_session_stop();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  bool started() const { return started_; }

 private:
  bool started_;
};

inline bool start_default() {
  return hone_session_start_default() != 0;
}

}  // namespace hone
#endif

#endif
