// Runs a program and writes what the kernel says that it used: "USER SYSTEM OWN_USER OWN_SYSTEM" in
// seconds, of the program with all its children and of this one itself. account FILE PROGRAM
// ARGS...
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const pid_t pid = fork();
  if (pid == 0) {
    execv(argv[2], argv + 2);
    _exit(97);
  }
  int status = 0;
  struct rusage child, own;
  if (pid < 0 || wait4(pid, &status, 0, &child) != pid) return 3;
  getrusage(RUSAGE_SELF, &own);
  FILE* out = fopen(argv[1], "w");
  if (!out) return 4;
  fprintf(out, "%.6f %.6f %.6f %.6f\n", seconds(child.ru_utime), seconds(child.ru_stime),
          seconds(own.ru_utime), seconds(own.ru_stime));
  fclose(out);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
