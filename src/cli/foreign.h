// Files of other tools, where a command takes a recording.
#pragma once

#include <string>
#include <string_view>

#include "base/host/result.h"
#include "exchange/import.h"
#include "recording/reader.h"

namespace hone::cli {

// `from`: the format's name, or empty for what the file's content says. Errors: E010 where it is
// of none, E018 for one that cannot be read, E012.
struct Foreign {
  exchange::Input in;
  const exchange::ImportFormat* format = nullptr;
};
Result<Foreign> open_foreign(const std::string& path, std::string_view from);
Result<void> import_foreign(Foreign& foreign, const std::string& to);
// As a recording that goes when the reader does.
Result<recording::Reader> read_foreign(const std::string& path);

}  // namespace hone::cli
