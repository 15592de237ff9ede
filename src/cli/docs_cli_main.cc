// Prints docs/reference/cli.md.
#include "cli/help.h"
#include "cli/terminal.h"

int main() {
  return hone::cli::print(hone::cli::Stream::kOut, hone::cli::reference_markdown()) ? 0 : 1;
}
