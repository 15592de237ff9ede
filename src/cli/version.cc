#include "cli/version.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"

namespace hone::cli {
namespace {

constexpr std::string_view kCompiler =
#if defined(__clang__)
    "clang " __clang_version__;
#else
    "gcc " __VERSION__;
#endif

constexpr std::string_view kArchitecture =
#if defined(__x86_64__)
    "x86_64";
#elif defined(__aarch64__)
    "aarch64";
#else
        "other";
#endif

Result<int> run_version(const Invocation& invocation) {
  if (!invocation.options.json) {
    HONE_TRY(print(Stream::kOut, fmt::format("hone {}\n", kVersion)));
    return 0;
  }
  const nlohmann::ordered_json out = {{"schema", "hone.version/1"},
                                      {"tool", "hone"},
                                      {"version", kVersion},
                                      {"architecture", kArchitecture},
                                      {"compiler", kCompiler}};
  HONE_TRY(print(Stream::kOut, out.dump(2) + "\n"));
  return 0;
}

}  // namespace

const Command& version_command() {
  static const Command command = {.name = "version",
                                  .summary = "print the version",
                                  .usage = "[--json]",
                                  .examples = {{"hone version", ""}},
                                  .flags = {json_flag()},
                                  .run = &run_version};
  return command;
}

}  // namespace hone::cli
