// Parses what may be an expression and computes it.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "analysis/expression.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  const auto parsed =
      hone::analysis::Expression::parse({reinterpret_cast<const char*>(data), bytes});
  if (!parsed) {
    if (parsed.error().offset > bytes) __builtin_trap();
    return 0;
  }
  std::vector<double> values;
  for (size_t i = 0; i < parsed->names().size(); ++i) values.push_back(static_cast<double>(i));
  volatile double result = parsed->value(values);
  (void)result;
  return 0;
}
