#pragma once

int other_unit(int x);

struct SharedType {
  int first;
  long second;
  int member(int x) const;
};
