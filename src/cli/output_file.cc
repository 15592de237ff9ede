#include "cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/host/file.h"
#include "cli/terminal.h"
#include "recording/reader.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

// A file is replaced whole; what is no file (/dev/stdout, a pipe) is written into.
Result<void> write_whole(const std::string& path, std::string_view text) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    HONE_TRY_ASSIGN(const base::UniqueFd fd, base::open_file(path, O_WRONLY));
    return base::write_all(fd.get(), base::as_bytes(text));
  }
  return base::write_file_atomically(path, base::as_bytes(text));
}

}  // namespace

// `hone report --html app.hone` asks for the page of app.hone as often as it is meant.
Result<void> spare_recordings(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if (!path.ends_with(".hone") && !recording::Reader::open(path)) return {};
  return tl::unexpected(Error{.code = Code::InvalidArgument,
                              .message = path + " is a recording: it is not written over",
                              .effect = "nothing was written",
                              .fixes = {"name the output, then the recording: hone report --html "
                                        "report.html " +
                                            shell_word(path),
                                        "hone flamegraph -o flame.svg " + shell_word(path)},
                              .number = "E002"});
}

Result<void> write_output(const std::string& path, std::string_view text) {
  if (path == "-") return print(Stream::kOut, text);
  HONE_TRY(spare_recordings(path));
  auto written = write_whole(path, text);
  if (written) return {};
  Error error = std::move(written.error());
  if (error.message.find(path) == std::string::npos) {
    error = std::move(error).context("cannot write " + path);
  }
  error.number = "E040";
  error.effect = "nothing was written";
  error.fixes = {"choose another place, or make room"};
  return tl::unexpected(std::move(error));
}

void say_wrote(const std::string& path) {
  if (path != "-") say("wrote " + report::terminal_text(path) + "\n");
}

}  // namespace hone::cli
