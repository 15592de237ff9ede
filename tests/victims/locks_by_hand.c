/* A lock of the program's own, marked by hand: taken 50 times and let go; one more stays held. */
#include <hone/hone.h>

static volatile int taken;

static void take(void) {
  if (__atomic_exchange_n(&taken, 1, __ATOMIC_ACQUIRE)) {
    HONE_LOCK_WAIT("by hand", &taken);
    while (__atomic_exchange_n(&taken, 1, __ATOMIC_ACQUIRE)) continue;
  }
  HONE_LOCK_OBTAINED("by hand", &taken);
}

void take_by_hand(void) {
  int i;
  for (i = 0; i < 50; ++i) {
    take();
    HONE_LOCK_RELEASED("by hand", &taken);
    __atomic_store_n(&taken, 0, __ATOMIC_RELEASE);
  }
  take();
}
