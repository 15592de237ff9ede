// Parts of the report for machines that stand in files of their own.
#pragma once

#include <nlohmann/json.hpp>

#include "analysis/locks.h"
#include "analysis/pools.h"
#include "analysis/spans.h"

namespace hone::report {

nlohmann::ordered_json distribution_json(const analysis::Distribution& times);
nlohmann::ordered_json locks_json(const analysis::LockReport& report);
nlohmann::ordered_json pools_json(const analysis::PoolReport& report);

}  // namespace hone::report
