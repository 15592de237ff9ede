// The earliest time of anything in a recording: for formats that know no negative ones.
#pragma once

#include "exchange/export.h"

namespace hone::exchange {

// options.start, or what lies before it.
TimeNs earliest_of(const profile::Profile& profile, const ExportOptions& options);

}  // namespace hone::exchange
