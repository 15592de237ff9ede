// Marks what it does:
//   spans [FRAMES | forever] [kill | abort | _exit | crash | fork | threads | flood | save]
#include <hone/hone.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "work.h"

extern "C" {
NOINLINE void narrow_work() {
  WORK(1);
}
NOINLINE void step_work() {
  WORK(1);
}
NOINLINE void plan_work() {
  WORK(1);
}
}

static void step(long frame) {
  HONE_SPAN_COLORED(0x4387fd, "Physics::World::step", "frame", frame);
  step_work();
  for (int i = 0; i < 3; ++i) {
    HONE_SPAN("Physics::narrow");
    narrow_work();
  }
}

static void end(const char* how) {
  HONE_SPAN("never ended");
  if (strcmp(how, "kill") == 0) kill(getpid(), SIGKILL);
  if (strcmp(how, "abort") == 0) abort();
  if (strcmp(how, "_exit") == 0) _exit(3);
  if (strcmp(how, "crash") == 0) *(volatile int*)8 = 1;
}

static void fork_children() {
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      { HONE_SPAN("in a child"); }
      _exit(0);
    }
    waitpid(child, nullptr, 0);
  }
}

static void short_threads() {
  for (int i = 0; i < 2000; ++i) {
    std::thread([] { HONE_SPAN("short thread"); }).join();
  }
}

// More in a row than a ring holds, and faster than anybody writes files.
static void flood() {
  for (int i = 0; i < 1000000; ++i) {
    HONE_SPAN("flood");
    HONE_PLOT("flood", i);
  }
}

int main(int argc, char** argv) {
  HONE_THREAD("main loop");
  const bool forever = argc > 1 && strcmp(argv[1], "forever") == 0;
  const long frames = forever ? INT64_MAX : argc > 1 ? atol(argv[1]) : 300;
  std::thread planner([&] {
    for (long i = 0; i < frames; ++i) {
      HONE_SPAN("AI::plan");
      plan_work();
    }
  });
  for (long i = 0; i < frames; ++i) {
    HONE_FRAME();
    step(i);
    HONE_PLOT("ECS::entity_count", 3 * i);
    if (i % 100 == 99) HONE_EVENT("a hundred more", "at", i);
  }
  planner.join();
  const char* how = argc > 2 ? argv[2] : "";
  if (strcmp(how, "fork") == 0) fork_children();
  if (strcmp(how, "threads") == 0) short_threads();
  if (strcmp(how, "flood") == 0) flood();
  if (strcmp(how, "save") == 0) {
    HONE_SAVE("all that is of interest has happened");
    usleep(400000);
  }
  end(how);
  return 0;
}
