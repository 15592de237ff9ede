#include <fmt/format.h>

#include "cli/help.h"
#include "cli/settings.h"

namespace hone::cli {
namespace {

std::string environment_topic() {
  std::string out =
      "Environment variables\n\n"
      "settings (flags stand above them, hone.toml below; see: hone help formats)\n";
  for (const Setting& setting : settings()) {
    out += fmt::format("  {:<26}{}, as {}.{} and --{}\n", setting.environment, setting.help,
                       setting.section, setting.key, setting.flag);
  }
  out +=
      "\nthe terminal\n"
      "  NO_COLOR                  set to anything: no colour unless --color always\n"
      "  CLICOLOR=0                no colour\n"
      "  CLICOLOR_FORCE=1          colour even where the output is no terminal\n"
      "  TERM=dumb                 no colour\n"
      "  LC_ALL, LC_CTYPE, LANG    bars, arrows and ± when they name UTF-8, ASCII otherwise\n"
      "\nplaces\n"
      "  XDG_CACHE_HOME            hone/ in it keeps unwind tables and symbols (default ~/.cache)\n"
      "  XDG_CONFIG_HOME           hone/config.toml in it holds settings (default ~/.config)\n";
  return out;
}

std::string exit_codes_topic() {
  return "Exit statuses\n\n"
         "commands that look at recordings, and all others but record\n"
         "  0    done; what was asked for is well\n"
         "  1    done, and the answer is no: a required check of `hone doctor` failed\n"
         "  2    the command line or a setting is wrong\n"
         "  3    not possible here: no permission, not supported, no space to write\n"
         "  5    the file is no recording, is damaged, or cannot be opened\n"
         "  130  interrupted with Ctrl-C\n"
         "\nhone record\n"
         "  N    the program's own status; 128 + N when signal N ended it\n"
         "  2    the command line is wrong; nothing ran\n"
         "  125  Hone itself failed: it may not sample here, or the disk is full\n"
         "  126  the program cannot be run\n"
         "  127  the program is not found\n";
}

std::string formats_topic() {
  return "Formats\n\n"
         "  FILE.hone     a recording. Append-only and checksummed: one that was cut, because the\n"
         "                recorder was killed or the disk was full, opens up to the cut. `hone "
         "info`\n"
         "                prints what is in it, `hone info --verify` checks it.\n"
         "  --json        one object with `schema`, `tool` and `version`; keys are only ever "
         "added;\n"
         "                times are in ns and sizes in bytes, and the names say so.\n"
         "  --html FILE   the report as one file that makes no request.\n"
         "  flamegraph    one SVG file that makes no request.\n"
         "\nhone.toml, the nearest from the current folder upward:\n"
         "  [record]\n"
         "  frequency_hz = 997\n"
         "  unwind = \"auto\"                       # auto, dwarf or fp\n"
         "  [report]\n"
         "  top = 10\n"
         "  [spans]\n"
         "  filter = \"Physics=trace,Render=info\"  # which spans and messages are recorded\n"
         "  [[subsystem]]                         # hone report --by subsystem; the first match "
         "wins\n"
         "  name = \"parser\"\n"
         "  function = [\"parse::*\", \"*Lexer*\"]    # globs: * and ?; one or an array of them\n"
         "  file = \"*/parser/*\"\n"
         "  module = \"libparse.so*\"\n"
         "  [[plot]]                              # made of others: + - * / and parentheses\n"
         "  name = \"cache::hit_rate\"\n"
         "  expression = \"cache::hits / (cache::hits + cache::misses)\"\n"
         "  unit = \"of 1\"\n"
         "  [[coverage]]                          # hone report --coverage\n"
         "  subsystem = \"Physics\"\n"
         "  spans = [\"Physics::World::step\"]     # globs: one of the spans that match\n"
         "  plots = [\"Physics::bodies\"]\n"
         "\n`hone config show --origin` prints every setting and where its value comes from.\n";
}

std::string permissions_topic() {
  return "Permissions\n\n"
         "Hone never needs root. What the kernel permits decides how much a recording holds;\n"
         "`hone doctor` says what is permitted here, and every report what was.\n"
         "\n"
         "  kernel.perf_event_paranoid   for a program of yours\n"
         "     0 or less                 its user and kernel side, sampled at a steady rate on "
         "every CPU\n"
         "     1                         user and kernel side, by process\n"
         "     2                         user side only\n"
         "     3 or more (Debian: 3)     by timers in the program, without CAP_PERFMON\n"
         "  until reboot:  sudo sysctl kernel.perf_event_paranoid=1\n"
         "  for good:      echo kernel.perf_event_paranoid=1 | sudo tee "
         "/etc/sysctl.d/50-hone.conf\n"
         "  for Hone only: sudo setcap cap_perfmon=ep $(command -v hone)\n"
         "\n"
         "  kernel.kptr_restrict         1 or 2 hides the addresses of kernel functions from you: "
         "their\n"
         "                               time is seen, their names are not\n"
         "  until reboot:  sudo sysctl kernel.kptr_restrict=0\n"
         "\n"
         "  containers                   docker run --cap-add PERFMON, and a seccomp profile that "
         "lets\n"
         "                               perf_event_open through; else by timers in the program\n";
}

}  // namespace

std::span<const HelpTopic> help_topics() {
  static constexpr HelpTopic kTopics[] = {
      {"environment", "variables that Hone reads", &environment_topic},
      {"exit-codes", "what exit statuses mean", &exit_codes_topic},
      {"formats", "recordings, JSON, hone.toml", &formats_topic},
      {"permissions", "what the kernel must permit, and how", &permissions_topic},
  };
  return kTopics;
}

}  // namespace hone::cli
