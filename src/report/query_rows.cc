#include "report/query_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/host/json_text.h"
#include "base/host/text.h"
#include "report/escape.h"
#include "report/names.h"

namespace hone::report {
namespace {

using query::Statement;
using query::ValueKind;

// Rows by which a table's columns get their widths.
constexpr size_t kMeasuredRows = 1000;
constexpr size_t kPieceBytes = 1 << 16;

class Voice {
 public:
  virtual ~Voice() = default;
  virtual void begin(const Statement&) {}
  virtual void row(const Statement& from) = 0;
  virtual void end(const RowsWritten&) {}
  std::string out;
};

// Exact: it reads back as the same number.
std::string real_text(double value) {
  return fmt::format("{}", value);
}

class Table final : public Voice {
 public:
  explicit Table(const TextStyle& style) : style_(style) {}

  void begin(const Statement& from) override {
    for (size_t i = 0; i < from.column_count(); ++i) {
      head_.push_back(terminal_text(from.column_name(i)));
    }
    is_text_.assign(head_.size(), false);
    is_number_.assign(head_.size(), false);
    is_cut_.assign(head_.size(), false);
  }
  void row(const Statement& from) override {
    std::vector<std::string> cells;
    for (size_t i = 0; i < head_.size(); ++i) cells.push_back(cell(from, i));
    if (is_measured_) {
      put(cells, Ink::kPlain);
    } else {
      waiting_.push_back(std::move(cells));
      if (waiting_.size() == kMeasuredRows) measure();
    }
  }
  void end(const RowsWritten&) override {
    if (!is_measured_) measure();
  }

 private:
  std::string cell(const Statement& from, size_t i) {
    switch (from.kind(i)) {
      case ValueKind::kNull:
        return "NULL";
      case ValueKind::kInteger:
        is_number_[i] = true;
        return fmt::format("{}", from.integer(i));
      case ValueKind::kReal:
        is_number_[i] = true;
        return fmt::format("{:.6g}", from.real(i));
      case ValueKind::kBlob:
        return "x'" + base::hex_text(from.blob(i)) + "'";
      case ValueKind::kText:
        break;
    }
    is_text_[i] = true;
    return terminal_text(from.text(i));
  }

  void measure() {
    is_measured_ = true;
    for (size_t i = 0; i < head_.size(); ++i) {
      size_t width = display_width(head_[i]);
      for (const auto& cells : waiting_) width = std::max(width, display_width(cells[i]));
      width_.push_back(width);
    }
    if (style_.width > 0 && !style_.full_names) fit();
    put(head_, Ink::kBold);
    for (const auto& cells : waiting_) put(cells, Ink::kPlain);
    waiting_.clear();
  }

  // The widest columns of text give way until a line fits, or none is left to.
  void fit() {
    constexpr size_t kLeast = 16;
    size_t line = 2 * (width_.size() - 1);
    for (const size_t width : width_) line += width;
    while (line > style_.width) {
      size_t widest = width_.size();
      for (size_t i = 0; i < width_.size(); ++i) {
        if (!is_text_[i] || width_[i] <= std::max(kLeast, display_width(head_[i]))) continue;
        if (widest == width_.size() || width_[i] > width_[widest]) widest = i;
      }
      if (widest == width_.size()) return;
      --width_[widest];
      --line;
      is_cut_[widest] = true;
    }
  }

  std::string fitted(const std::string& cell, size_t i) const {
    if (!is_cut_[i] || display_width(cell) <= width_[i]) return cell;
    return head_[i] == "name" ? shorten_name(cell, width_[i], dots(style_))
                              : elide_middle(cell, width_[i], dots(style_));
  }

  void put(const std::vector<std::string>& cells, Ink ink) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string cell = fitted(cells[i], i);
      const size_t width = display_width(cell);
      const std::string blanks(width_[i] > width ? width_[i] - width : 0, ' ');
      const bool right = is_number_[i] && !is_text_[i];
      if (i > 0) line += "  ";
      if (right) line += blanks;
      line += paint(style_, ink, cell);
      if (!right && i + 1 < cells.size()) line += blanks;
    }
    out += line + '\n';
  }

  const TextStyle& style_;
  std::vector<std::string> head_;
  std::vector<size_t> width_;
  std::vector<bool> is_text_, is_number_;  // some value was
  std::vector<bool> is_cut_;               // its texts are made to fit
  std::vector<std::vector<std::string>> waiting_;
  bool is_measured_ = false;
};

// RFC 4180, as the exporter writes it.
class Csv final : public Voice {
 public:
  void begin(const Statement& from) override {
    for (size_t i = 0; i < from.column_count(); ++i) put(i, from.column_name(i));
    out += "\r\n";
  }
  void row(const Statement& from) override {
    for (size_t i = 0; i < from.column_count(); ++i) {
      switch (from.kind(i)) {
        case ValueKind::kNull:
          put(i, "");
          break;
        case ValueKind::kReal:
          put(i, real_text(from.real(i)));
          break;
        case ValueKind::kBlob:
          put(i, base::hex_text(from.blob(i)));
          break;
        default:
          put(i, from.text(i));
      }
    }
    out += "\r\n";
  }

 private:
  void put(size_t column, std::string_view text) {
    if (column > 0) out += ',';
    const bool is_plain = text.find_first_of(",\"\r\n") == std::string_view::npos;
    if (!is_plain) out += '"';
    base::append_mended(out, text, [&](char c) {
      if (c == '"') out += '"';
      out += c;
    });
    if (!is_plain) out += '"';
  }
};

void append_value(std::string& out, const Statement& from, size_t i) {
  switch (from.kind(i)) {
    case ValueKind::kNull:
      out += "null";
      break;
    case ValueKind::kInteger:
      out += fmt::format("{}", from.integer(i));
      break;
    case ValueKind::kReal: {
      // JSON has no word for the others.
      out += std::isfinite(from.real(i)) ? real_text(from.real(i)) : "null";
      break;
    }
    case ValueKind::kBlob:
      out += '"' + base::hex_text(from.blob(i)) + '"';
      break;
    case ValueKind::kText:
      base::append_json(out, from.text(i));
      break;
  }
}

class Ndjson final : public Voice {
 public:
  void row(const Statement& from) override {
    for (size_t i = 0; i < from.column_count(); ++i) {
      out += i == 0 ? '{' : ',';
      base::append_json(out, from.column_name(i));
      out += ':';
      append_value(out, from, i);
    }
    out += "}\n";
  }
};

class Json final : public Voice {
 public:
  explicit Json(std::string_view version) : version_(version) {}
  void begin(const Statement& from) override {
    out += R"({"schema": "hone.query/1", "tool": "hone", "version": )";
    base::append_json(out, version_);
    out += ",\n \"columns\": [";
    for (size_t i = 0; i < from.column_count(); ++i) {
      if (i > 0) out += ", ";
      base::append_json(out, from.column_name(i));
    }
    out += "],\n \"rows\": [";
  }
  void row(const Statement& from) override {
    out += is_first_ ? "\n  [" : ",\n  [";
    is_first_ = false;
    for (size_t i = 0; i < from.column_count(); ++i) {
      if (i > 0) out += ", ";
      append_value(out, from, i);
    }
    out += ']';
  }
  void end(const RowsWritten& written) override {
    out +=
        fmt::format("],\n \"row_count\": {}, \"truncated\": {}}}\n", written.rows, written.is_cut);
  }

 private:
  std::string_view version_;
  bool is_first_ = true;
};

std::unique_ptr<Voice> voice_of(const RowOptions& options) {
  switch (options.format) {
    case RowFormat::kCsv:
      return std::make_unique<Csv>();
    case RowFormat::kJson:
      return std::make_unique<Json>(options.version);
    case RowFormat::kNdjson:
      return std::make_unique<Ndjson>();
    case RowFormat::kTable:
      break;
  }
  return std::make_unique<Table>(options.style);
}

}  // namespace

Result<RowsWritten> write_rows(query::Statement& statement, const RowOptions& options,
                               base::FunctionRef<Result<void>(std::string_view)> put) {
  const std::unique_ptr<Voice> voice = voice_of(options);
  RowsWritten written;
  // The first row before the head: a statement that cannot be run writes nothing.
  HONE_TRY_ASSIGN(bool is_row, statement.step());
  voice->begin(statement);
  while (is_row) {
    if (options.limit > 0 && written.rows == options.limit) {
      written.is_cut = true;
      break;
    }
    voice->row(statement);
    ++written.rows;
    if (voice->out.size() >= kPieceBytes) {
      HONE_TRY(put(voice->out));
      voice->out.clear();
    }
    HONE_TRY_ASSIGN(is_row, statement.step());
  }
  voice->end(written);
  HONE_TRY(put(voice->out));
  return written;
}

}  // namespace hone::report
