// Takes out of a profile what somebody else is not to see, so that nothing that is made of it can
// say it: tables, graphs, findings and files are all of the profile that is left.
//
//   Redacted shown = redact(std::move(profile), *recording::Redaction::parse("paths,env"));
//
// Every text of the profile passes recording::Redaction, those of which nothing is known as a
// sentence in which paths may stand. Ids and keys stay, so that comparisons hold.
#pragma once

#include <string>
#include <vector>

#include "profile/profile.h"
#include "recording/redaction.h"

namespace hone::profile {

// A source file by the name that the profile gives it now, and by the one that it had.
struct HiddenFile {
  std::string shown, name;
};

struct Redacted {
  Profile profile;
  std::vector<HiddenFile> files;  // by `shown`; those alone whose names changed
};

// The fact "redaction" of the profile then has those words beside the ones that it had.
Redacted redact(Profile profile, const recording::Redaction& hide);

}  // namespace hone::profile
