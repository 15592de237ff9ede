// p50(x), p95(x), p99(x), quantile(x, q): exact, by the nearest rank, as reports have them. NULLs
// are left out; of nothing the quantile is NULL.
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "query/connection.h"

namespace hone::query {
namespace {

// Whole numbers below 2^32, which durations mostly are, take four bytes each.
class Values {
 public:
  explicit Values(double share) : share_(share) {}
  bool is_share(double share) const { return share == share_; }

  void add(int64_t value) {
    if (value >= 0 && value <= int64_t{UINT32_MAX}) {
      short_.push_back(static_cast<uint32_t>(value));
    } else {
      long_.push_back(value);
    }
  }
  void add(double value) { reals_.push_back(value); }

  void put(sqlite3_context* to) {
    const size_t count = short_.size() + long_.size() + reals_.size();
    if (count == 0) return;
    const auto rank =
        static_cast<size_t>(std::max(1.0, std::ceil(share_ * static_cast<double>(count)))) - 1;
    if (!reals_.empty()) {
      reals_.insert(reals_.end(), short_.begin(), short_.end());
      for (const int64_t value : long_) reals_.push_back(static_cast<double>(value));
      sqlite3_result_double(to, nth(reals_, rank));
      return;
    }
    const auto below = static_cast<size_t>(
        std::count_if(long_.begin(), long_.end(), [](int64_t value) { return value < 0; }));
    if (rank >= below && rank < below + short_.size()) {
      sqlite3_result_int64(to, nth(short_, rank - below));
    } else {
      sqlite3_result_int64(to, nth(long_, rank < below ? rank : rank - short_.size()));
    }
  }

 private:
  template <class T>
  static T nth(std::vector<T>& values, size_t rank) {
    const auto at = values.begin() + static_cast<ptrdiff_t>(rank);
    std::nth_element(values.begin(), at, values.end());
    return *at;
  }
  double share_;
  std::vector<uint32_t> short_;
  std::vector<int64_t> long_;
  std::vector<double> reals_;
};

void add(sqlite3_context* to, double share, sqlite3_value* value) {
  const int type = sqlite3_value_numeric_type(value);
  if (type != SQLITE_INTEGER && type != SQLITE_FLOAT) return;
  auto** at = static_cast<Values**>(sqlite3_aggregate_context(to, sizeof(Values*)));
  if (at == nullptr) return sqlite3_result_error_nomem(to);
  if (*at == nullptr) *at = new Values(share);
  if (!(*at)->is_share(share)) {
    return sqlite3_result_error(to, "quantile(x, q): q is one number, the same for every row", -1);
  }
  if (type == SQLITE_INTEGER) {
    (*at)->add(static_cast<int64_t>(sqlite3_value_int64(value)));
  } else if (const double real = sqlite3_value_double(value); !std::isnan(real)) {
    (*at)->add(real);
  }
}

void step_fixed(sqlite3_context* to, int, sqlite3_value** values) {
  add(to, *static_cast<const double*>(sqlite3_user_data(to)), values[0]);
}
void step_any(sqlite3_context* to, int, sqlite3_value** values) {
  const double share = sqlite3_value_double(values[1]);
  const int type = sqlite3_value_numeric_type(values[1]);
  if ((type != SQLITE_INTEGER && type != SQLITE_FLOAT) || !(share >= 0 && share <= 1)) {
    return sqlite3_result_error(to, "quantile(x, q): q is from 0 to 1", -1);
  }
  add(to, share, values[0]);
}
// SQLite calls it for statements that were given up, too.
void finish(sqlite3_context* to) {
  auto** at = static_cast<Values**>(sqlite3_aggregate_context(to, 0));
  if (at == nullptr || *at == nullptr) return;
  (*at)->put(to);
  delete *at;
  *at = nullptr;
}

struct Fixed {
  const char* name;
  double share;
};
constexpr Fixed kFixed[] = {{"p50", 0.50}, {"p95", 0.95}, {"p99", 0.99}};

}  // namespace

Result<void> add_quantiles(Connection& connection) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  int status = sqlite3_create_function_v2(connection.db, "quantile", 2, kFlags, nullptr, nullptr,
                                          &step_any, &finish, nullptr);
  for (const Fixed& each : kFixed) {
    status |= sqlite3_create_function_v2(connection.db, each.name, 1, kFlags,
                                         const_cast<double*>(&each.share), nullptr, &step_fixed,
                                         &finish, nullptr);
  }
  if (status != SQLITE_OK) return fail(Code::Internal, "SQLite takes no functions");
  return {};
}

}  // namespace hone::query
