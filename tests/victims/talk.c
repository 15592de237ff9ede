// Writes a known pattern to standard output and standard error, zero bytes and no last newline
// among it, and copies standard input to standard output. Exit status 3.
#include <stdio.h>
#include <unistd.h>

#include "work.h"

int main(void) {
  for (int i = 0; i < 200; ++i) {
    printf("out %d \033[1m%c%c\n", i, i & 0x7f, 0);
    fprintf(stderr, "err %d\t%c", i, i % 7 == 0 ? '\r' : '.');
    if (i % 20 == 0) WORK(1);
  }
  fflush(stdout);
  char bytes[4096];
  for (ssize_t got; (got = read(0, bytes, sizeof bytes)) > 0;) {
    if (write(1, bytes, (size_t)got) != got) return 1;
  }
  (void)!write(1, "end", 3);
  return 3;
}
