// Coverage of marked places, for people and as JSON.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analysis/coverage.h"
#include "report/text_style.h"

namespace hone::report {

struct CoverageData {
  analysis::Coverage coverage;
  std::vector<std::string> files;                           // in which marked places are built in
  std::vector<std::pair<std::string, std::string>> unread;  // a file, and what stands in the way
  std::string recording, tool_version;
  double required = -1;  // share of all; negative: not asked for
  bool is_met() const { return coverage.share() >= required; }
};

std::string coverage_text(const CoverageData& data, const TextStyle& style);
std::string coverage_json(const CoverageData& data);

}  // namespace hone::report
