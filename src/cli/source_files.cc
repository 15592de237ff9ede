#include "cli/source_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/host/file.h"

namespace hone::cli {
namespace {

// The largest generated sources people keep are some megabytes.
constexpr size_t kSourceBytesMax = 16 << 20;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    out.emplace_back(text.substr(0, end));
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

// Nothing when it is no readable text.
std::vector<std::string> read_lines(const std::string& path) {
  // Without O_NONBLOCK a name that is a pipe would hold us up for ever.
  auto fd = base::open_file(path, O_RDONLY | O_NONBLOCK);
  struct stat status {};
  if (!fd || ::fstat(fd->get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if (static_cast<uint64_t>(status.st_size) > kSourceBytesMax) return {};
  auto text = base::read_file(path, kSourceBytesMax);
  if (!text || text->find('\0') != std::string::npos) return {};
  return lines_of(*text);
}

}  // namespace

Result<SourceFiles> SourceFiles::make(const std::vector<std::string>& maps,
                                      std::string_view run_folder) {
  SourceFiles out;
  out.run_folder_ = run_folder;
  for (const std::string& map : maps) {
    const size_t equals = map.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return tl::unexpected(
          Error{.code = Code::InvalidArgument,
                .message = fmt::format("--source-path takes OLD=NEW, not '{}'", map),
                .effect = "nothing was done",
                .fixes = {"--source-path /build/app=$HOME/src/app"},
                .number = "E002"});
    }
    out.maps_.emplace_back(map.substr(0, equals), map.substr(equals + 1));
  }
  return out;
}

report::SourceFile SourceFiles::find(std::string_view file) const {
  report::SourceFile out;
  out.file = file;
  if (file.empty()) return out;
  std::vector<std::string> places;
  for (const auto& [from, to] : maps_) {
    if (file.starts_with(from)) places.push_back(to + std::string(file.substr(from.size())));
  }
  if (file.front() != '/' && !run_folder_.empty()) {
    places.push_back(run_folder_ + "/" + std::string(file));
  }
  places.emplace_back(file);
  for (const std::string& place : places) {
    out.lines = read_lines(place);
    if (!out.lines.empty()) {
      out.tried.clear();
      return out;
    }
    out.tried.push_back(place);
  }
  return out;
}

}  // namespace hone::cli
