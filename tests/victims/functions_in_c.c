/* A part of the victim `functions` in C. */
__attribute__((noinline)) static int c_inner(int n) {
  __asm__ volatile("");
  return n + 1;
}

int c_outer(int n);
int c_outer(int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) sum += c_inner(i);
  return sum;
}
