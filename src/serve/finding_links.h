// Where the evidence of a finding stands: pages with what they are to show.
#pragma once

#include "analysis/findings.h"
#include "profile/profile.h"
#include "serve/json_answer.h"

namespace hone::serve {

// [{"page", "text", "state": {...}}]: `state` in the names of the pages' address (web/src/model).
Json finding_links(const profile::Profile& profile, const analysis::Finding& finding);

}  // namespace hone::serve
