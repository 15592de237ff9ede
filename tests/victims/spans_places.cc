// Marks in odd places: spans_places [LIBRARY ...]. Spans in static constructors and destructors, in
// destructors of thread_local objects, in a handler of signals; and three times over each LIBRARY
// is loaded, called 5 times by the main thread and by one of its own, and unloaded.
#include <dlfcn.h>
#include <hone/hone.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <thread>

namespace {

constexpr int kRounds = 3, kCalls = 5, kThreads = 4, kSignals = 10;

struct Static {
  Static() { HONE_SPAN("static constructor"); }
  ~Static() { HONE_SPAN("static destructor"); }
} lives_long;

struct OfThread {
  ~OfThread() { HONE_SPAN("thread_local destructor"); }
  int used = 0;
};
thread_local OfThread of_thread;

void handler(int) {
  HONE_SPAN("signal handler");
}

void use(const char* path) {
  HONE_SPAN("with a library");
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  const auto work = reinterpret_cast<int (*)(int)>(dlsym(library, "library_work"));
  std::thread([&] { work(kCalls); }).join();
  work(kCalls);
  dlclose(library);
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 0; i < kThreads; ++i) {
    std::thread([] {
      ++of_thread.used;
      HONE_SPAN("thread");
    }).join();
  }
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(SIGUSR1, &action, nullptr);
  for (int i = 0; i < kSignals; ++i) {
    HONE_SPAN("interrupted");
    raise(SIGUSR1);
  }
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 1; i < argc; ++i) use(argv[i]);
    HONE_SPAN("between");
  }
  return 0;
}
