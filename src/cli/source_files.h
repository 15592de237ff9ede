// Source texts for annotated code: found by the names in the debug information.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/host/result.h"
#include "report/source.h"

namespace hone::cli {

class SourceFiles {
 public:
  // `maps` are OLD=NEW: a name that begins with OLD is looked for with NEW in its place.
  // `run_folder` is where relative names are looked for. Errors: E002 for a map without '='.
  static Result<SourceFiles> make(const std::vector<std::string>& maps,
                                  std::string_view run_folder);
  // Empty, with the places that were tried, when there is none. Only regular files of text are
  // read: the names come from a recording, which may be somebody else's.
  report::SourceFile find(std::string_view file) const;

 private:
  std::vector<std::pair<std::string, std::string>> maps_;
  std::string run_folder_;
};

}  // namespace hone::cli
