// Small functions of another module, for plt.c.
unsigned long plt_add(unsigned long x) {
  return x + 1;
}
unsigned long plt_multiply(unsigned long x) {
  return x * 3;
}
