// For this room's tests: rows of every table from a seed, and a naive twin of a recording that
// keeps them as texts.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "recording/reader.h"
#include "recording/writer.h"

namespace hone::recording {

using Random = std::mt19937_64;
using Cells = std::vector<std::string>;  // a row

inline std::string cell(std::string_view text) {
  return std::string(text);
}
inline std::string cell(double number) {
  return std::to_string(std::bit_cast<uint64_t>(number));
}
template <class T>
std::string cell(T number) {
  return std::to_string(static_cast<uint64_t>(number));
}
template <class Row>
Cells cells_of(const Row& row) {
  Cells cells;
  visit(row, [&](const auto& field) { cells.push_back(cell(field)); });
  return cells;
}

// Calls f.operator()<Row>() for each table.
template <class F>
void for_each_table(F&& f) {
#define HONE_TABLE(name, Row, table, kind, doc) f.template operator()<Row>();
#define HONE_COLUMN(Type, name, unit, doc)
#define HONE_TABLE_END()
#include "recording/schema.inc"
#undef HONE_TABLE
#undef HONE_COLUMN
#undef HONE_TABLE_END
}

// The tables of a recording as they ought to be read.
struct Model {
  std::array<std::vector<Cells>, static_cast<size_t>(Table::kCount)> tables;
  std::vector<Cells>& of(Table table) { return tables[static_cast<size_t>(table)]; }
  const std::vector<Cells>& of(Table table) const { return tables[static_cast<size_t>(table)]; }
};

// Makes values of every shape that an encoding was made for, and of none.
class RowMaker {
 public:
  explicit RowMaker(uint64_t seed) : random_(seed) {}

  template <class Row>
  Row row() {
    Row out;
    unsigned column = 0;
    const auto table = static_cast<unsigned>(Row::kTable);
    visit(out, [&](auto& field) { fill(field, table * 16 + column++); });
    return out;
  }
  Random& random() { return random_; }

 private:
  void fill(std::string_view& field, unsigned) {
    const size_t length = random_() % 8 == 0 ? random_() % 300 : random_() % 12;
    std::string text(length, ' ');
    for (char& c : text) c = static_cast<char>(random_());
    field = texts_.emplace_back(std::move(text));
  }
  template <class T>
  void fill(T& field, unsigned column) {
    uint64_t& last = last_[column];
    switch ((column * 7 + shift_) % 6) {
      case 0:
        break;  // constant
      case 1:
        last += 1;
        break;  // new every time
      case 2:
        last += random_() % 2'000'000;
        break;  // times
      case 3:
        last = random_();
        break;  // anything
      case 4:
        last = random_() % 100 ? last + random_() % 2 : 0;
        break;  // new, recent or none
      case 5:
        last = 0 - random_() % 1000;
        break;  // small negative
    }
    field = static_cast<T>(last);
  }

  Random random_;
  unsigned shift_ = static_cast<unsigned>(random_());
  std::array<uint64_t, 1024> last_{};
  std::deque<std::string> texts_;
};

class TempFile {
 public:
  TempFile() {
    static int count = 0;
    path_ = testing::TempDir() + "hone-" + std::to_string(::getpid()) + "-" +
            std::to_string(++count) + ".hone";
  }
  ~TempFile() { std::remove(path_.c_str()); }
  TempFile(const TempFile&) = delete;
  const std::string& path() const { return path_; }
  std::vector<uint8_t> bytes() const {
    const auto text = base::read_file(path_);
    if (!text) return {};
    return {text->begin(), text->end()};
  }

 private:
  std::string path_;
};

inline Writer create(const TempFile& file, const WriterOptions& options = {}) {
  auto writer = Writer::create(file.path(), options);
  EXPECT_TRUE(writer) << writer.error().message;
  return std::move(*writer);
}

// A recording of `row_count` rows in all tables, in random order, flushed now and then.
inline Model write_random(const TempFile& file, uint64_t seed, size_t row_count,
                          const WriterOptions& options) {
  Model model;
  RowMaker maker(seed);
  Writer writer = create(file, options);
  for (size_t i = 0; i < row_count; ++i) {
    const auto chosen = 1 + maker.random()() % (static_cast<uint64_t>(Table::kCount) - 1);
    for_each_table([&]<class Row>() {
      if (static_cast<uint64_t>(Row::kTable) != chosen) return;
      const Row row = maker.template row<Row>();
      writer.append(row);
      model.of(Row::kTable).push_back(cells_of(row));
      EXPECT_EQ(writer.row_count(Row::kTable), model.of(Row::kTable).size());
    });
    if (maker.random()() % (row_count / 4 + 1) == 0) {
      EXPECT_TRUE(writer.flush());
    }
  }
  EXPECT_TRUE(writer.finish());
  EXPECT_EQ(writer.bytes_written(), file.bytes().size());
  return model;
}

// What a reader gives of one table; empty when it cannot (the error is in `error`).
inline std::vector<Cells> read_table(const Reader& reader, Table table, std::string& error) {
  std::vector<Cells> rows;
  const auto columns = reader.columns(table);
  if (!columns) {
    error = columns.error().message;
    return rows;
  }
  const TableSpec& spec = spec_of(table);
  rows.resize(columns->row_count);
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t i = 0; i < spec.columns.size(); ++i) {
      const Column& column = columns->columns[i];
      rows[row].push_back(spec.columns[i].type == ColumnType::kBytes
                              ? cell(column.text(row))
                              : std::to_string(column.numbers[row]));
    }
  }
  return rows;
}

// Whether a table of numbers comes by chunks, on two threads, as it comes whole: each row once.
inline bool comes_by_chunks(const Reader& reader, Table table) {
  const auto whole = reader.columns(table);
  if (!whole)
    return !reader.sound_row_count(table) || !reader.for_each_chunk(table, 2, [](auto&) {});
  std::vector<std::vector<uint64_t>> seen(whole->columns.size());
  for (auto& column : seen) column.resize(whole->row_count);
  std::vector<uint8_t> times(whole->row_count, 0);
  std::mutex mutex;
  const auto done = reader.for_each_chunk(table, 2, [&](const ChunkRows& rows) {
    const std::scoped_lock lock(mutex);
    for (size_t i = 0; i < rows.row_count; ++i) {
      ++times[rows.first_row + i];
      for (size_t c = 0; c < seen.size(); ++c) seen[c][rows.first_row + i] = rows.columns[c][i];
    }
  });
  bool same =
      done.has_value() && std::all_of(times.begin(), times.end(), [](uint8_t n) { return n == 1; });
  for (size_t c = 0; c < seen.size(); ++c) same = same && seen[c] == whole->columns[c].numbers;
  return same;
}

}  // namespace hone::recording
