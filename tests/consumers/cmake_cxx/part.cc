#include <hone/hone.h>

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

// One object in the whole program, whoever meets it: its place in the source is shared, too.
inline int shared_place(int x) {
  HONE_SPAN("inline");
  return x + 1;
}

int PART() {
  HONE_SPAN(TEXT(PART));
  return shared_place(1);
}
