#include "cli/command.h"

#include <algorithm>
#include <array>

namespace hone::cli {

std::span<const Command* const> commands() {
  static const std::array all = {
      &record_command(),     &top_command(),        &ctl_command(),      &view_command(),
      &report_command(),     &flamegraph_command(), &annotate_command(), &query_command(),
      &import_command(),     &export_command(),     &trim_command(),     &merge_command(),
      &info_command(),       &doctor_command(),     &overhead_command(), &config_command(),
      &completion_command(), &help_command(),       &version_command()};
  return all;
}

const Command* find_command(std::string_view name) {
  for (const Command* command : commands()) {
    if (command->name == name) return command;
  }
  return nullptr;
}

bool Invocation::was_given(std::string_view flag) const {
  return std::find(given.begin(), given.end(), flag) != given.end();
}

}  // namespace hone::cli
