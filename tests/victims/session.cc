// Records itself: session MODE [FRAMES]. What it marks is exact: FRAMES frames of one step, each of
// which plans three times, a message each hundredth frame, a plot a frame.
#include <hone/hone.h>
#include <hone/session.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

static void step(long frame) {
  HONE_SPAN_COLORED(0x4387fd, "Physics::step", "frame", frame);
  for (int i = 0; i < 3; ++i) {
    HONE_SPAN("AI::plan");
  }
}

static void frames(long count) {
  for (long frame = 0; frame < count; ++frame) {
    HONE_FRAME();
    step(frame);
    HONE_PLOT("ECS::entities", frame);
    if (frame % 100 == 99) HONE_EVENT("a hundred more", "frame", frame, "what", "say \"so\"\n");
  }
}

static void spans(long count) {
  for (long i = 0; i < count; ++i) {
    HONE_SPAN("Flood::span");
  }
}

static void short_threads(long count) {
  for (long i = 0; i < count; ++i) {
    std::thread([i] {
      HONE_THREAD(i % 2 ? "odd" : "even");
      HONE_SPAN("Thread::work");
    }).join();
  }
}

static int fork_child(bool with_session) {
  const pid_t child = fork();
  if (child == 0) {
    if (with_session) hone::start_default();
    { HONE_SPAN("Child::work"); }
    exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  { HONE_SPAN("Parent::after"); }
  return status;
}

static int in_block(long count) {
  hone::SessionOptions options = {};
  options.chrome = "on";
  options.recording = "block.hone";
  hone::Session session(options);
  frames(count);
  return session.started() ? 0 : 4;
}

static int several(long count) {
  for (int i = 0; i < 2; ++i) {
    hone::SessionOptions options = {};
    options.recording = i == 0 ? "first.hone" : "second.hone";
    hone::Session session(options);
    frames(count);
    spans(i);
  }
  frames(count);  // nobody records these
  return 0;
}

int main(int argc, char** argv) {
  const char* const mode = argc > 1 ? argv[1] : "frames";
  const long count = argc > 2 ? atol(argv[2]) : 300;
  HONE_THREAD("main loop");
  HONE_APP_INFO("build", "tests");
  HONE_APP_INFO("frames", count);
  HONE_APP_INFO("scale", 1.5);
  if (strcmp(mode, "block") == 0) return in_block(count);
  if (strcmp(mode, "twice") == 0) return several(count);
  hone::start_default();
  if (strcmp(mode, "fork") == 0) return fork_child(false);
  if (strcmp(mode, "fork-session") == 0) return fork_child(true);
  if (strcmp(mode, "threads") == 0) return short_threads(count), 0;
  if (strcmp(mode, "second") == 0) return hone::start_default() ? 4 : 0;
  if (strcmp(mode, "flood") == 0) {
    std::vector<std::thread> all;
    for (int i = 0; i < 3; ++i) all.emplace_back(spans, count);
    for (std::thread& each : all) each.join();
    return 0;
  }
  frames(count);
  if (strcmp(mode, "kill") == 0) {
    usleep(400'000);  // several times as long as what is read waits for the file
    HONE_SPAN("never ended");
    raise(SIGKILL);
  }
  if (strcmp(mode, "inside") == 0) {
    HONE_SPAN("never ended");
    exit(3);
  }
  if (strcmp(mode, "wait") == 0) {
    puts("ready");
    fflush(stdout);
    getchar();
  }
  if (strcmp(mode, "slow") == 0) {
    HONE_SPAN("Slow::span", "why", "sleeping");
    usleep(80'000);
  }
  return 0;
}
