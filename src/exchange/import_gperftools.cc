// The formats that gperftools writes, and others after it: CPU profiles, heap profiles, growth of
// the heap, contention. All have addresses of the process's memory, and its maps.
#include "exchange/gperftools_parts.h"
#include "exchange/import.h"

namespace hone::exchange {

bool fits_gperftools(std::string_view head) {
  return gperftools::fits_cpu(head) || gperftools::fits_text(head);
}

Result<void> import_gperftools(Input& in, Intake& to) {
  HONE_TRY(in.fill(kSniffBytes));
  if (gperftools::fits_text(in.rest())) return gperftools::read_text(in, to);
  return gperftools::read_cpu(in, to);
}

}  // namespace hone::exchange
