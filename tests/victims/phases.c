// Three phases of work, of which the middle one asks to be recorded. phases [WAY] [UNITS]
//   fd      writes to the descriptor in HONE_CTL_FD and goes on at once
//   socket  asks through the socket in HONE_CTL, and waits for each answer
//   not     as socket, but the middle phase asks not to be recorded
// The share of `inside` in what is recorded is 1 (or 0), whatever the phases take. Status 3 when it
// was given nothing to ask by, 4 when it had no answer.
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "work.h"

NOINLINE void before(uint64_t n) {
  WORK(n);
}
NOINLINE void inside(uint64_t n) {
  WORK(n);
}
NOINLINE void after(uint64_t n) {
  WORK(n);
}

static int by_socket(const char* line) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char* path = getenv("HONE_CTL");
  if (path == NULL || strlen(path) >= sizeof address.sun_path) return 3;
  strcpy(address.sun_path, path);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  char answer[4096];
  if (fd < 0 || connect(fd, (struct sockaddr*)&address, sizeof address) != 0) return 4;
  if (write(fd, line, strlen(line)) < 0 || read(fd, answer, sizeof answer) <= 0) return 4;
  close(fd);
  return 0;
}

static int ask(const char* way, const char* line) {
  if (strcmp(way, "fd") != 0) return by_socket(line);
  const char* fd = getenv("HONE_CTL_FD");
  if (fd == NULL) return 3;
  return dprintf(atoi(fd), "%s", line) < 0 ? 4 : 0;
}

int main(int argc, char** argv) {
  const char* way = argc > 1 ? argv[1] : "fd";
  const uint64_t units = argument(argc, argv, 2, 400);
  const int not_inside = strcmp(way, "not") == 0;
  before(units);
  int status = ask(way, not_inside ? "stop\n" : "start\n");
  if (status != 0) return status;
  inside(units);
  status = ask(way, not_inside ? "start\n" : "stop\n");
  if (status != 0) return status;
  after(units);
  return 0;
}
