#include "serve/columns.h"

#include <bit>
#include <nlohmann/json.hpp>

#include "base/host/check.h"
#include "serve/json_answer.h"

namespace hone::serve {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are sent as they stand");

constexpr uint32_t kMagic = 0x314c4348;  // "HCL1"
constexpr size_t kHeaderBytes = 16, kAlignment = 8;
// Stands for offsets before they are known: none has more digits.
constexpr uint64_t kFirstOffset = 1'000'000'000'000;

size_t aligned(size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace

struct ColumnAnswer::Parts {
  struct Column {
    std::string name;
    std::string_view type;
    std::vector<uint8_t> bytes;
  };
  struct Table {
    std::string name;
    size_t rows = 0;
    std::vector<Column> columns;
  };
  std::vector<Table> tables;
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
};

ColumnAnswer::ColumnAnswer() : parts_(std::make_unique<Parts>()) {}
ColumnAnswer::~ColumnAnswer() = default;

void ColumnAnswer::table(std::string_view name, size_t rows) {
  parts_->tables.push_back({std::string(name), rows, {}});
}

void ColumnAnswer::column(std::string_view name, std::string_view type, size_t rows,
                          std::span<const uint8_t> bytes) {
  HONE_CHECK(!parts_->tables.empty() && parts_->tables.back().rows == rows);
  parts_->tables.back().columns.push_back({std::string(name), type, {bytes.begin(), bytes.end()}});
}

nlohmann::ordered_json& ColumnAnswer::json() {
  return parts_->json;
}

Response ColumnAnswer::response() const {
  // Offsets depend on how long the JSON is, and it on them: it is made once with offsets that are
  // longer than any, and then again, with blanks for what it is shorter.
  const auto head_text = [&](uint64_t first) {
    uint64_t at = first;
    nlohmann::ordered_json tables = nlohmann::ordered_json::array();
    for (const Parts::Table& table : parts_->tables) {
      nlohmann::ordered_json columns = nlohmann::ordered_json::array();
      for (const Parts::Column& column : table.columns) {
        columns.push_back({{"name", column.name}, {"type", column.type}, {"offset", at}});
        at += aligned(column.bytes.size());
      }
      tables.push_back(
          {{"name", table.name}, {"rows", table.rows}, {"columns", std::move(columns)}});
    }
    nlohmann::ordered_json head = {{"tables", std::move(tables)}};
    head.update(parts_->json);
    return json_text(head);
  };
  const size_t json_bytes = aligned(head_text(kFirstOffset).size());
  std::string head = head_text(kHeaderBytes + json_bytes);
  head.resize(json_bytes, ' ');

  size_t total = kHeaderBytes + json_bytes;
  for (const Parts::Table& table : parts_->tables) {
    for (const Parts::Column& column : table.columns) total += aligned(column.bytes.size());
  }
  Response out{.type = std::string(kColumns)};
  out.body.reserve(total);
  put(out.body, kMagic);
  put(out.body, static_cast<uint32_t>(json_bytes));
  put(out.body, static_cast<uint64_t>(total));
  out.body += head;
  for (const Parts::Table& table : parts_->tables) {
    for (const Parts::Column& column : table.columns) {
      out.body.append(reinterpret_cast<const char*>(column.bytes.data()), column.bytes.size());
      out.body.resize(aligned(out.body.size()), '\0');
    }
  }
  return out;
}

}  // namespace hone::serve
