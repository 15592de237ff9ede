// Facts of the run and of the machine, as (key, value) pairs for the `meta` table. Each is left out
// when it cannot be had: an absent fact is honest, a guessed one is not.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hone::recording {

using Facts = std::vector<std::pair<std::string, std::string>>;

// CPU model and count, memory, OS, kernel, governor, container limits, GPU and driver.
Facts host_facts();
// As a person would type it: words with spaces in quotes.
std::string command_text(const std::vector<std::string>& words);
// "2026-01-02T03:04:05Z"
std::string utc_now();

}  // namespace hone::recording
