// What of a row lies within a range of time, for rows that last.
#pragma once

#include "recording/rows.h"

namespace hone::recording {

// Cuts a wait (or the sum of several) to [from, to]; of a sum, and of times that lie somewhere in
// it, by the share of its length. An end that was cut is marked as in a recording that begins or
// ends there. False when nothing of it lies within: then the row is as it was.
bool cut_to(WaitRow& row, TimeNs from, TimeNs to);

}  // namespace hone::recording
