// What the system counted, as series that other tools can draw. A track that only grows is shown by
// its rate a second between two readings, from the earlier of them on.
#pragma once

#include <string>
#include <string_view>

#include "base/host/function_ref.h"
#include "profile/profile.h"

namespace hone::exchange {

// "disk.read sda", "cpu.busy CPU 3".
std::string track_name(const profile::Profile& profile, const profile::Track& track);
// "bytes/s", "CPUs", "share"; of what for_each_value gives.
std::string_view track_unit(const profile::Track& track);
void for_each_value(const profile::Profile& profile, const profile::Track& track,
                    base::FunctionRef<void(TimeNs, double)> visit);

}  // namespace hone::exchange
