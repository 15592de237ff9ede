// One row of a CSV table (RFC 4180): fields with commas, CR LF at the end.
//
//   CsvRow row(out);
//   row.text("main loop").number(12).end();
#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include "exchange/output.h"
#include "exchange/text.h"

namespace hone::exchange {

class CsvRow {
 public:
  explicit CsvRow(Output& out) : out_(out) {}

  CsvRow& text(std::string_view value) {
    separate();
    scratch_.clear();
    append_csv(scratch_, value);
    out_.put(scratch_);
    return *this;
  }
  CsvRow& number(int64_t value) {
    separate();
    out_.put_signed(value);
    return *this;
  }
  CsvRow& whole(uint64_t value) {
    separate();
    out_.put_unsigned(value);
    return *this;
  }
  CsvRow& hex(uint64_t value) {
    separate();
    out_.put_hex(value);
    return *this;
  }
  // Empty when it is no number.
  CsvRow& real(double value) {
    separate();
    if (std::isfinite(value)) out_.put_real(value);
    return *this;
  }
  CsvRow& empty() {
    separate();
    return *this;
  }
  void end() {
    out_.put("\r\n");
    is_first_ = true;
  }

 private:
  void separate() {
    if (!is_first_) out_.put(',');
    is_first_ = false;
  }

  Output& out_;
  std::string scratch_;
  bool is_first_ = true;
};

}  // namespace hone::exchange
