// interrupt-floor HZ COMMAND [ARGS...]: runs a command under a sampling clock that records nothing.
//
// The clock is inherited by everything that the command starts, as a recorder's is, and nobody ever
// maps its buffer: what the command costs more is the timer interrupt itself, the least that any
// sampler of that rate can cost on this machine.
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: interrupt-floor HZ COMMAND [ARGS...]\n");
    return 2;
  }
  struct perf_event_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  attr.freq = 1;
  attr.sample_freq = strtoull(argv[1], NULL, 10);
  attr.sample_type = PERF_SAMPLE_IP;
  attr.inherit = 1;
  attr.disabled = 1;
  attr.enable_on_exec = 1;
  attr.exclude_kernel = geteuid() != 0;
  // Without close-on-exec: the descriptor must outlive the exec for the clock to run.
  const long event = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL);
  if (event < 0) {
    perror("interrupt-floor: perf_event_open");
    return 125;
  }
  execvp(argv[2], argv + 2);
  perror(argv[2]);
  return 127;
}
