// Tries what a recording needs, on processes that are started for it and ended again. Nothing else
// on the machine is touched, and nothing is left behind.
//
//   MachineFacts facts = try_machine();   // takes some 50 ms
#pragma once

#include "cli/doctor_facts.h"

namespace hone::cli {

// Starts processes: call it while this process has one thread.
MachineFacts try_machine();

}  // namespace hone::cli
