// What the pages of a browser are given by the command line, served or in a report file.
#pragma once

#include "cli/options.h"
#include "cli/source_files.h"
#include "serve/endpoint.h"

namespace hone::cli {

// For serve::Library.
Result<serve::Library::Loaded> open_for_pages(const std::string& path);
// The rules of hone.toml and the budget of frames. Errors: E002 for a budget that is none.
Result<void> take_options(const Options& options, serve::Context& context);
// `sources` must outlive the context.
void take_sources(const SourceFiles& sources, serve::Context& context);

}  // namespace hone::cli
