// Facts of a run that are had by looking around the recorder (recording/facts.h has those of the
// machine), as (key, value) pairs for the `meta` table.
#pragma once

#include <string>

#include "recording/facts.h"

namespace hone::capture {

using recording::Facts;
using recording::host_facts;

// Commit and dirtiness of the git work tree that holds `folder`; empty when there is none. Runs
// `git` beside the recording; it is ended after a second, and then dirtiness is not stated.
Facts git_facts(const std::string& folder);
// NAME=value of the caller's environment, sorted: only on request, it may hold secrets.
Facts environment_facts();

}  // namespace hone::capture
