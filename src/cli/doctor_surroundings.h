// What can be seen of the place that this process runs in: namespaces, containers, seccomp,
// folders.
//
//   Surroundings place = look_around();
#pragma once

#include <string>
#include <string_view>

#include "cli/doctor_facts.h"

namespace hone::cli {

Surroundings look_around();

// "Seccomp:\t2" -> 2 from the text of /proc/PID/status; `absent` when there is no such line.
long status_number(std::string_view status, std::string_view key, long absent, int base = 10);
// From "user:[4026531837]": whether that is another namespace than the machine's first.
bool is_inner_namespace(std::string_view link, unsigned long first);
// The kind of container that the text of /proc/self/cgroup or of $container speaks of, or empty.
std::string container_in(std::string_view text);

}  // namespace hone::cli
