// Of the spans and plots that a program is meant to have: which fired, which are in the program and
// never did, which are not there at all.
//
//   const Coverage coverage = coverage_of(profile, selection, rules, built_in);
//   if (coverage.share() < 1) ...
//
// A rule names them as the program does; a name with * or ? stands for all that match, and fired
// when one of them did. What is built in is told by the caller, who may read the program's files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

// From `hone.toml`:
//   [[coverage]]
//   subsystem = "Physics"
//   spans = ["Physics::World::step"]
//   plots = ["Physics::rigid_body_count"]
struct CoverageRule {
  std::string subsystem;
  std::vector<std::string> spans, plots;
};

enum class Covered : uint8_t { kFired, kBuiltIn, kMissing };

// A place of a program's file: its name and kind (HONE_SITE_... of hone/layout.h).
struct BuiltInPlace {
  std::string name;
  uint8_t kind = 0;
};

struct CoveredName {
  std::string name;
  uint8_t kind = 0;  // HONE_SITE_SPAN or HONE_SITE_PLOT
  Covered state = Covered::kMissing;
  uint64_t count = 0;  // how often it fired
};
struct SubsystemCoverage {
  std::string subsystem;
  std::vector<CoveredName> names;  // in the order of the rule
  uint64_t fired = 0;
  double share() const {
    return names.empty() ? 1 : static_cast<double>(fired) / static_cast<double>(names.size());
  }
};
struct Coverage {
  std::vector<SubsystemCoverage> subsystems;
  uint64_t fired = 0, count = 0;
  double share() const {
    return count == 0 ? 1 : static_cast<double>(fired) / static_cast<double>(count);
  }
};

Coverage coverage_of(const profile::Profile& profile, const Selection& selection,
                     const std::vector<CoverageRule>& rules,
                     const std::vector<BuiltInPlace>& built_in);

}  // namespace hone::analysis
