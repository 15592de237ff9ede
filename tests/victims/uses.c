// Uses what a system counts, in amounts that are known:
//   uses memory MB     touches MB megabytes of anonymous memory (no huge pages), waits 0.3 s, ends
//   uses write MB DIR  writes MB megabytes to a file in DIR and syncs them
//   uses switch N      N voluntary context switches: a pipe goes back and forth to a child
//   uses cpu SECONDS   is busy for that much CPU time of its own
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void nap(double seconds) {
  const struct timespec time = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
  nanosleep(&time, NULL);
}

static int use_memory(size_t megabytes) {
  const size_t bytes = megabytes << 20;
  char* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
  nap(0.3);
  return 0;
}

static int use_disk(size_t megabytes, const char* folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/written", folder);
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) return 1;
  static char block[1 << 20];
  memset(block, 'x', sizeof block);
  for (size_t i = 0; i < megabytes; ++i) {
    if (write(fd, block, sizeof block) != sizeof block) return 1;
  }
  fsync(fd);
  nap(0.15);
  return 0;
}

static int use_switches(int count) {
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0) return 1;
  char byte = 'x';
  if (fork() == 0) {
    close(there[1]);
    while (read(there[0], &byte, 1) == 1) {
      if (write(back[1], &byte, 1) != 1) break;
    }
    _exit(0);
  }
  for (int i = 0; i < count; ++i) {
    if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) return 1;
  }
  close(there[1]);
  wait(NULL);
  return 0;
}

static int use_cpu(double seconds) {
  struct timespec now;
  volatile unsigned long sum = 0;
  do {
    for (int i = 0; i < 100000; ++i) sum += (unsigned long)i;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  } while ((double)now.tv_sec + (double)now.tv_nsec * 1e-9 < seconds);
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  if (strcmp(argv[1], "memory") == 0) return use_memory(strtoul(argv[2], NULL, 10));
  if (strcmp(argv[1], "write") == 0 && argc > 3) {
    return use_disk(strtoul(argv[2], NULL, 10), argv[3]);
  }
  if (strcmp(argv[1], "switch") == 0) return use_switches(atoi(argv[2]));
  if (strcmp(argv[1], "cpu") == 0) return use_cpu(atof(argv[2]));
  return 2;
}
