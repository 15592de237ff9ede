// Facts of a run that are had by looking around the recorder (recording/facts.h has those of the
// machine), as (key, value) pairs for the `meta` table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "recording/facts.h"

namespace hone::capture {

using recording::Facts;
using recording::host_facts;

// Commit and dirtiness of the git work tree that holds `folder`; empty when there is none. Runs
// `git` beside the recording; it is ended after a second, and then dirtiness is not stated.
Facts git_facts(const std::string& folder);
// What a command prints, as far as it is kept (1 MiB); false when it failed, or was ended at the
// deadline (CLOCK_MONOTONIC).
bool run_for_text(std::vector<std::string> command, int64_t deadline_ns, std::string* out);
// NAME=value of the caller's environment, sorted: only on request, it may hold secrets.
Facts environment_facts();

}  // namespace hone::capture
