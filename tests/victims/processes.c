// Processes started in every way. processes WAY [UNITS]
//   fork   child_work() in a child without exec 3/4, parent_work() 1/4
//   chain  forks and execs itself as "leaf", which forks and execs itself again: three processes
//   vfork, spawn   a leaf by vfork + exec, by posix_spawn
//   exec   before_exec() 1/4, then becomes a leaf with 3/4
//   leaf   leaf_work() only; leaf_then_leaf: the middle of the chain
//   orphan the child outlives the parent, which ends at once: all work is the orphan's
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "work.h"

extern char** environ;
static char* self;
static uint64_t units;

NOINLINE void child_work(void) {
  WORK(units * 3 / 4);
}
NOINLINE void parent_work(void) {
  WORK(units / 4);
}
NOINLINE void before_exec(void) {
  WORK(units / 4);
}
NOINLINE void leaf_work(void) {
  WORK(units);
}

static int wait_for(pid_t pid) {
  int status = 0;
  if (pid <= 0 || waitpid(pid, &status, 0) != pid) return 99;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static char** leaf_arguments(const char* way, uint64_t count) {
  static char text[32];
  static char* arguments[4];
  snprintf(text, sizeof text, "%lu", (unsigned long)count);
  arguments[0] = self;
  arguments[1] = (char*)way;
  arguments[2] = text;
  return arguments;
}

static int fork_exec(const char* way, uint64_t count) {
  char** arguments = leaf_arguments(way, count);
  const pid_t pid = fork();
  if (pid == 0) {
    execv(self, arguments);
    _exit(97);
  }
  return wait_for(pid);
}

int main(int argc, char** argv) {
  const char* way = argc > 1 ? argv[1] : "leaf";
  units = argument(argc, argv, 2, 800);
  self = argv[0];
  if (strcmp(way, "fork") == 0) {
    const pid_t pid = fork();
    if (pid == 0) {
      child_work();
      _exit(0);
    }
    parent_work();
    return wait_for(pid);
  }
  if (strcmp(way, "chain") == 0) {
    parent_work();
    return fork_exec("leaf_then_leaf", units * 3 / 4);
  }
  if (strcmp(way, "leaf_then_leaf") == 0) {
    WORK(units / 3);
    return fork_exec("leaf", units * 2 / 3);
  }
  if (strcmp(way, "vfork") == 0) {
    char** arguments = leaf_arguments("leaf", units);
    const pid_t pid = vfork();
    if (pid == 0) {
      execv(self, arguments);
      _exit(97);
    }
    return wait_for(pid);
  }
  if (strcmp(way, "spawn") == 0) {
    pid_t pid = 0;
    if (posix_spawn(&pid, self, NULL, NULL, leaf_arguments("leaf", units), environ) != 0) return 96;
    return wait_for(pid);
  }
  if (strcmp(way, "exec") == 0) {
    before_exec();
    execv(self, leaf_arguments("leaf", units * 3 / 4));
    return 97;
  }
  if (strcmp(way, "orphan") == 0) {
    if (fork() == 0) child_work();
    return 0;
  }
  leaf_work();
  return 0;
}
