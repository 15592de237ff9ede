// `hone info`: what is in a recording file, and how sound it is.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/types.h"
#include "recording/reader.h"
#include "report/text_style.h"

namespace hone::report {

struct TableInfo {
  std::string name;
  uint64_t rows = 0, chunks = 0;
  uint64_t bytes = 0;        // on disk
  uint64_t plain_bytes = 0;  // as 64-bit numbers and plain text; 0 when it was not readable
  bool known = true;         // false: a table of a newer Hone
};
struct RecordingInfo {
  std::string path;
  uint64_t file_bytes = 0;
  TimeNs time_first{}, time_last{};
  bool has_time = false;
  std::vector<TableInfo> tables;  // largest first
  recording::Salvage salvage;
  struct Diagnostic {
    std::string name, detail;
    uint64_t count = 0;
    uint8_t severity = 0;
  };
  std::vector<Diagnostic> diagnostics;  // the severest first, counts of one name summed
  std::vector<std::pair<std::string, std::string>> meta;  // the last value of each key, by key
};

// Decodes every table once, to tell how well it packs.
RecordingInfo collect_info(const recording::Reader& reader, std::string path);
// Ends in a newline.
std::string info_text(const RecordingInfo& info, const TextStyle& style);
// Schema "hone.info/1".
std::string info_json(const RecordingInfo& info, std::string_view tool_version);

}  // namespace hone::report
