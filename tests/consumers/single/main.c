#include "hone.h"

int main(void) {
  for (int i = 0; i < 5; ++i) {
    HONE_SPAN("C::outer", "i", i);
    HONE_SPAN("C::inner");
    HONE_PLOT("C::plot", i);
    HONE_FRAME();
  }
  return 0;
}
