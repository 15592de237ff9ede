#include "cli/foreign.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <span>
#include <utility>
#include <vector>

#include "capture/symbolise.h"
#include "cli/errors.h"
#include "cli/terminal.h"

namespace hone::cli {
namespace {

std::string format_names() {
  std::string out;
  for (const exchange::ImportFormat& format : exchange::import_formats()) {
    out += fmt::format("{}{}", out.empty() ? "" : ", ", format.name);
  }
  return out;
}

tl::unexpected<Error> of_no_format(const std::string& name) {
  return tl::unexpected(
      Error{.code = Code::Corrupt,
            .message = name + " is neither a recording nor of a format that Hone reads",
            .offset = 0,
            .effect = "nothing was read",
            .fixes = {"hone record -o FILE -- COMMAND makes a recording",
                      fmt::format("hone import --from FORMAT {}   (FORMAT: {})", shell_word(name),
                                  format_names())},
            .number = "E010"});
}

Error unreadable(Error error) {
  if (!error.number.empty()) return error;
  const bool is_content = error.code == Code::Corrupt || error.code == Code::Truncated ||
                          error.code == Code::LimitExceeded || error.code == Code::Unsupported;
  error.number = is_content ? "E018" : "E012";
  error.effect = is_content ? "no recording was made of it" : "there is nothing to show";
  if (error.fixes.empty()) {
    error.fixes = {is_content ? "write the file anew with the tool that made it"
                              : "check the path"};
  }
  return error;
}

// A file that nobody else sees, until it is unlinked.
class TemporaryFile {
 public:
  static Result<TemporaryFile> make() {
    std::error_code failed;
    const std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
    TemporaryFile out((failed ? std::filesystem::path("/tmp") : folder) / "hone-XXXXXX");
    const int fd = ::mkostemp(out.path_.data(), O_CLOEXEC);
    if (fd < 0) return fail_errno("cannot make a file in " + folder.string(), errno);
    ::close(fd);
    out.is_there_ = true;
    return out;
  }
  TemporaryFile(TemporaryFile&& other) noexcept
      : path_(std::move(other.path_)), is_there_(std::exchange(other.is_there_, false)) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (is_there_) ::unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFile(std::string pattern) : path_(std::move(pattern)) {}
  std::string path_;
  bool is_there_ = false;
};

// As names are given at the end of a recording of our own.
void name_code(recording::Builder& builder, std::span<const exchange::CodeModule> modules,
               std::span<const int64_t> self_ns_by_frame) {
  std::vector<capture::SymbolInput> inputs;
  for (const exchange::CodeModule& each : modules) {
    inputs.push_back({.module = each.module, .kind = each.kind, .source = each.source});
  }
  const capture::NamedFrames names = capture::name_frames(builder.frames(), inputs, {});
  capture::write_names(builder, names, inputs, self_ns_by_frame);
}

}  // namespace

Result<Foreign> open_foreign(const std::string& path, std::string_view from) {
  auto in = exchange::Input::open(path);
  if (!in) return tl::unexpected(unreadable(std::move(in.error())));
  Foreign out{.in = std::move(*in)};
  if (!from.empty()) {
    out.format = exchange::find_import_format(from);
    return out;
  }
  auto format = exchange::format_of(out.in);
  if (!format) {
    if (format.error().code == Code::Unsupported) return of_no_format(out.in.name());
    return tl::unexpected(unreadable(std::move(format.error())));
  }
  out.format = *format;
  return out;
}

Result<void> import_foreign(Foreign& foreign, const std::string& to) {
  auto done = exchange::import_into(*foreign.format, foreign.in, to, &name_code);
  if (!done) return tl::unexpected(unreadable(std::move(done.error())));
  return {};
}

Result<recording::Reader> read_foreign(const std::string& path) {
  HONE_TRY_ASSIGN(Foreign foreign, open_foreign(path, {}));
  HONE_TRY_ASSIGN(const TemporaryFile file, TemporaryFile::make());
  HONE_TRY(import_foreign(foreign, file.path()));
  return recording::Reader::open(file.path());
}

}  // namespace hone::cli
