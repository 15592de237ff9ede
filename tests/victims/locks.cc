// Locks and pools with known truth: locks [contended | deadlock | pools | shared].
//
// contended: 'holder' takes the mutex 20 times and sleeps 10 ms in each; 'waiter' waits for it 20
// times, each time while the holder has it. 'counters' is taken 1,000 times by main alone.
// shared: two readers hold 'table' at once, a writer waits for them; a timed try is given up.
// deadlock: 'first' and 'second' wait for each other's lock until the program is killed.
// pools: see there.
#include <hone/lock.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

extern "C" void take_by_hand(void);

static void sleep_ms(int ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

// Taken by a static constructor, which may be the first of all.
HONE_LOCKABLE_GLOBAL(std::mutex, early);
struct Early {
  Early() { std::lock_guard<hone::Lock<std::mutex>> guard(early); }
};
static Early taken_early;

struct Queue {
  HONE_LOCKABLE(std::mutex, mutex_);
  HONE_LOCKABLE_NAMED(std::recursive_mutex, again_, "counters");
};

static void contended() {
  Queue queue;
  std::atomic<int> round{0};
  std::thread waiter([&] {
    HONE_THREAD("waiter");
    for (int i = 1; i <= 20; ++i) {
      while (round.load() < i) std::this_thread::yield();
      std::lock_guard<hone::Lock<std::mutex>> guard(queue.mutex_);
    }
  });
  std::thread holder([&] {
    HONE_THREAD("holder");
    for (int i = 1; i <= 20; ++i) {
      std::unique_lock<hone::Lock<std::mutex>> guard(queue.mutex_);
      round = i;
      sleep_ms(10);
      guard.unlock();
      sleep_ms(2);
    }
  });
  for (int i = 0; i < 1000; ++i) {
    std::lock_guard<hone::Lock<std::recursive_mutex>> outer(queue.again_);
    std::lock_guard<hone::Lock<std::recursive_mutex>> inner(queue.again_);
  }
  waiter.join();
  holder.join();
  take_by_hand();
}

static void shared() {
  HONE_LOCKABLE(std::shared_timed_mutex, table);
  std::atomic<int> readers{0};
  std::atomic<bool> done{false};
  const auto read = [&] {
    HONE_THREAD("reader");
    std::shared_lock<hone::Lock<std::shared_timed_mutex>> guard(table);
    ++readers;
    while (!done) sleep_ms(1);
    sleep_ms(20);
  };
  std::thread one(read), two(read);
  while (readers < 2) sleep_ms(1);
  const bool given_up = !table.try_lock_for(std::chrono::milliseconds(20));
  done = true;
  {
    HONE_THREAD("writer");
    std::lock_guard<hone::Lock<std::shared_timed_mutex>> guard(table);
  }
  one.join();
  two.join();
  // What wants std::mutex wants the wrapper's own condition variable.
  HONE_LOCKABLE(std::mutex, signalled);
  std::condition_variable_any changed;
  bool set = false;
  std::thread setter([&] {
    std::lock_guard<hone::Lock<std::mutex>> guard(signalled);
    set = true;
    changed.notify_all();
  });
  std::unique_lock<hone::Lock<std::mutex>> guard(signalled);
  changed.wait(guard, [&] { return set; });
  guard.unlock();
  setter.join();
  printf("%d\n", given_up);
}

static void deadlock() {
  HONE_LOCKABLE(std::mutex, left);
  HONE_LOCKABLE(std::mutex, right);
  std::atomic<int> ready{0};
  const auto both = [&](hone::Lock<std::mutex>& a, hone::Lock<std::mutex>& b) {
    a.lock();
    ++ready;
    while (ready < 2) sleep_ms(1);
    b.lock();
  };
  std::thread first([&] {
    HONE_THREAD("first");
    both(left, right);
  });
  std::thread second([&] {
    HONE_THREAD("second");
    both(right, left);
  });
  sleep_ms(300);
  kill(getpid(), SIGKILL);
}

static void* at(uintptr_t address) {
  return reinterpret_cast<void*>(address);
}

// 'nodes': 1,000 of 64 bytes in the span 'load', 900 of them freed by another thread; 3 freed
// again; 2 freed that never were; 1 taken twice. 'arena': 500 of 100 bytes, all free at once, then
// 5 more.
static void pools() {
  {
    HONE_SPAN("load");
    for (uintptr_t i = 1; i <= 1000; ++i) HONE_ALLOCATE("nodes", at(i << 12), 64);
  }
  std::thread([] {
    HONE_SPAN("unload");
    for (uintptr_t i = 1; i <= 900; ++i) HONE_FREE("nodes", at(i << 12));
    for (uintptr_t i = 1; i <= 3; ++i) HONE_FREE("nodes", at(i << 12));
    for (uintptr_t i = 1; i <= 2; ++i) HONE_FREE("nodes", at(i));
  }).join();
  HONE_ALLOCATE("nodes", at(uintptr_t{1000} << 12), 32);
  for (uintptr_t i = 1; i <= 500; ++i) {
    HONE_SPAN("fill");
    HONE_ALLOCATE("arena", at(i << 8), 100);
  }
  HONE_POOL_RESET("arena");
  for (uintptr_t i = 1; i <= 5; ++i) HONE_ALLOCATE("arena", at(i << 8), 10);
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "contended";
  if (strcmp(what, "contended") == 0) contended();
  if (strcmp(what, "shared") == 0) shared();
  if (strcmp(what, "deadlock") == 0) deadlock();
  if (strcmp(what, "pools") == 0) pools();
  return 0;
}
