#include "cli/command.h"
#include "cli/open.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "report/info_text.h"

namespace hone::cli {
namespace {

Result<int> run_info(const Invocation& invocation) {
  const Options& options = invocation.options;
  HONE_TRY_ASSIGN(const std::string path, recording_path(options, 0));
  HONE_TRY_ASSIGN(const recording::Reader reader, open_recording(path));
  if (options.verify) {
    auto sound = reader.verify();
    if (!sound) {
      Error error = std::move(sound.error());
      if (error.number.empty()) error.number = "E013";
      return tl::unexpected(std::move(error));
    }
  }
  const report::RecordingInfo info = report::collect_info(reader, path);
  if (options.json) {
    HONE_TRY(print(Stream::kOut, report::info_json(info, kVersion)));
    return 0;
  }
  const report::TextStyle style = style_of(Stream::kOut, options.color, false);
  HONE_TRY(print(Stream::kOut, report::info_text(info, style)));
  if (options.verify) say("every chunk is sound\n");
  return 0;
}

}  // namespace

const Command& info_command() {
  static const Command command = {
      .name = "info",
      .summary = "print what is in a recording file",
      .usage = "[flags] [FILE]",
      .examples = {{"hone info", "the newest recording of the current folder"},
                   {"hone info --verify app.hone", "check every chunk's checksum and content"}},
      .operands = Operands::kFile,
      .flags = {{"verify", 0, "", "check every chunk; exit status 5 at the first damage",
                 &Options::verify},
                json_flag(),
                color_flag()},
      .run = &run_info};
  return command;
}

}  // namespace hone::cli
