#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "base/host/text.h"
#include "cli/command.h"
#include "cli/errors.h"
#include "cli/foreign.h"
#include "cli/output_file.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

// "runs/trace.json.gz" -> "trace.hone", in the current folder.
std::string recording_of(const std::string& path) {
  if (path == "-") return "imported.hone";
  std::filesystem::path name = std::filesystem::path(path).filename();
  for (const char* packed : {".gz", ".zst", ".xz"}) {
    if (name.extension() == packed) name = name.stem();
  }
  const std::string stem = name.stem().string();
  return (stem.empty() ? std::string("imported") : stem) + ".hone";
}

class ProgressLine {
 public:
  explicit ProgressLine(bool shown) : shown_(shown) {}
  ~ProgressLine() {
    if (last_ >= 0) say("\r\033[K");
  }
  void see(const exchange::Input& in) {
    if (!shown_ || in.packed_bytes() < kWorthSaying) return;
    const auto percent = static_cast<int>(in.packed_read() * 100 / in.packed_bytes());
    if (percent == last_) return;
    last_ = percent;
    say(fmt::format("\r{}: {}%", report::terminal_text(in.name()), percent));
  }

 private:
  static constexpr uint64_t kWorthSaying = 32u << 20;
  bool shown_;
  int last_ = -1;
};

Result<void> import_one(const Options& options, const std::string& path) {
  HONE_TRY_ASSIGN(Foreign foreign, open_foreign(path, options.from_format));
  const std::string to = options.output.empty() ? recording_of(path) : options.output;
  {
    ProgressLine progress(!options.quiet && ::isatty(STDERR_FILENO) != 0);
    foreign.in.watch(
        [](void* line, const exchange::Input& in) { static_cast<ProgressLine*>(line)->see(in); },
        &progress);
    HONE_TRY(import_foreign(foreign, to));
  }
  if (!options.quiet) {
    say(fmt::format("{}: {}\n", report::terminal_text(foreign.in.name()), foreign.format->summary));
    HONE_TRY_ASSIGN(const recording::Reader made, recording::Reader::open(to));
    (void)made.for_each<recording::DiagnosticRow>([](const recording::DiagnosticRow& row) {
      say(fmt::format("note: {} {}\n", base::count_text(row.count),
                      report::terminal_text(row.detail)));
    });
    say_wrote(to);
  }
  return {};
}

Result<int> run_import(const Invocation& invocation) {
  const Options& options = invocation.options;
  if (options.operands.empty()) {
    return usage_error("hone import needs a file",
                       {"hone import trace.json", "zcat trace.json.gz | hone import -"});
  }
  if (options.operands.size() > 1 && !options.output.empty()) {
    return usage_error("-o names one recording, and there are several files",
                       {"leave -o out: each is named after its file"});
  }
  for (const std::string& path : options.operands) HONE_TRY(import_one(options, path));
  return 0;
}

std::vector<std::string_view> format_choices() {
  std::vector<std::string_view> out;
  for (const exchange::ImportFormat& format : exchange::import_formats()) {
    out.push_back(format.name);
  }
  return out;
}

std::string details() {
  std::string out =
      "Files are told by what they hold, not by their names; gzip, zstd and xz are unpacked.\n"
      "What could not be taken is counted, here and in hone info. Every command that takes a\n"
      "recording takes such a file, too; importing spares the time of doing it again.\n\n";
  for (const exchange::ImportFormat& format : exchange::import_formats()) {
    out += fmt::format("{:<8} {}\n", fmt::format("{}:", format.name), format.summary);
  }
  out.pop_back();
  return out;
}

}  // namespace

const Command& import_command() {
  static const std::string kDetails = details();
  static const Command command = {
      .name = "import",
      .summary = "make recordings of other tools' files",
      .usage = "[flags] FILE...",
      .examples = {{"hone import trace.json", "makes trace.hone"},
                   {"hone import -o ci.hone trace.json.gz", "packed, and under another name"},
                   {"curl -s $URL | hone import -o ci.hone -", "from standard input"}},
      .details = kDetails,
      .operands = Operands::kFiles,
      .flags = {{"output",
                 'o',
                 "FILE",
                 "the recording (default: NAME.hone in the current folder)",
                 &Options::output,
                 {},
                 ValueKind::kFile},
                {"from", 0, "FORMAT", "do not ask the file what it is", &Options::from_format,
                 format_choices()},
                {"quiet", 'q', "", "say nothing but errors", &Options::quiet}},
      .run = &run_import};
  return command;
}

}  // namespace hone::cli
