// When threads were in spans of one name: for conditions on what happened in them.
//
//   auto inside = source.stretches("AI::*");
//   if (inside->holds(thread, ts)) ...
//
// Immutable. Both ends of a stretch are in it, as `hone report --in` has it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "query/source.h"

namespace hone::query {

class ThreadStretches {
 public:
  struct Stretch {
    int64_t start, end;  // ns since the recording's start
  };
  // `pattern`: a glob with * and ? that has to fit the whole name.
  ThreadStretches(const Source& source, std::string_view pattern);
  bool holds(int64_t thread, int64_t time) const;
  // By thread; each thread's by time, apart from each other.
  const std::vector<std::vector<Stretch>>& threads() const { return of_; }

 private:
  std::vector<std::vector<Stretch>> of_;  // index = ThreadId
};

// Which sites have a name that fits. Index = SiteId.
std::vector<bool> sites_named(const Source& source, std::string_view pattern);

}  // namespace hone::query
