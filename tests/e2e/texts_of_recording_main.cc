// Every text and blob of a recording, as found, one a line: what a search for a secret looks
// through.
#include <cstdio>

#include "recording/reader.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto reader = hone::recording::Reader::open(argv[1]);
  if (!reader) return 5;
  for (const hone::recording::TableSpec& spec : hone::recording::tables()) {
    const auto rows = reader->columns(spec.table);
    if (!rows) return 5;
    for (size_t c = 0; c < spec.columns.size() && rows->row_count > 0; ++c) {
      if (spec.columns[c].type != hone::recording::ColumnType::kBytes) continue;
      for (size_t i = 0; i < rows->row_count; ++i) {
        const std::string_view text = rows->columns[c].text(i);
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fputc('\n', stdout);
      }
    }
  }
  return 0;
}
