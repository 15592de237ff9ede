// Facts of the run and of the machine, as (key, value) pairs for the `meta` table. Each is left out
// when it cannot be had: an absent fact is honest, a guessed one is not.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hone::capture {

using Facts = std::vector<std::pair<std::string, std::string>>;

// CPU model and count, memory, OS, kernel, governor, container limits, GPU and driver.
Facts host_facts();
// Commit and dirtiness of the git work tree that holds `folder`; empty when there is none. Runs
// `git` beside the recording; it is ended after a second, and then dirtiness is not stated.
Facts git_facts(const std::string& folder);
// NAME=value of the caller's environment, sorted: only on request, it may hold secrets.
Facts environment_facts();

}  // namespace hone::capture
