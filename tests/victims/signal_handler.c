// on_alarm() has nearly all the work, started by SIGALRM out of interrupted_loop().
// signal_handler [UNITS [ALTERNATE]]: ALTERNATE 1 runs the handler on a stack of its own.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/time.h>

#include "work.h"

static volatile sig_atomic_t units_left;

NOINLINE void handler_work(void) {
  WORK(10);
}

// One alarm at a time, so that work that takes longer than the interval cannot shut the loop out.
static void next_alarm(void) {
  const struct itimerval once = {{0, 0}, {0, 1000}};
  setitimer(ITIMER_REAL, &once, NULL);
}

static void on_alarm(int signal) {
  (void)signal;
  handler_work();
  units_left -= 10;
  next_alarm();
}

NOINLINE void interrupted_loop(void) {
  while (units_left > 0) work_result += 1;
}

int main(int argc, char** argv) {
  units_left = (sig_atomic_t)argument(argc, argv, 1, 800);
  struct sigaction action = {0};
  action.sa_handler = on_alarm;
  if (argument(argc, argv, 2, 0)) {
    static char room[1 << 16];
    const stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    sigaltstack(&stack, NULL);
    action.sa_flags = SA_ONSTACK;
  }
  sigaction(SIGALRM, &action, NULL);
  next_alarm();
  interrupted_loop();
  return 0;
}
