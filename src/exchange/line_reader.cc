#include "exchange/line_reader.h"

namespace hone::exchange {

Result<bool> LineReader::next(std::string_view& line) {
  in_.take(taken_);
  taken_ = 0;
  size_t looked = 0;
  while (true) {
    const size_t end = in_.rest().find('\n', looked);
    if (end != std::string_view::npos) {
      line = in_.rest().substr(0, end);
      taken_ = end + 1;
      break;
    }
    looked = in_.rest().size();
    HONE_TRY_ASSIGN(const bool more, in_.more());
    if (more) continue;
    if (looked == 0) return false;
    line = in_.rest();
    taken_ = looked;
    break;
  }
  ++number_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

}  // namespace hone::exchange
