// Prints docs/reference/recording.md.
#include "cli/terminal.h"
#include "recording/schema.h"

int main() {
  return hone::cli::print(hone::cli::Stream::kOut, hone::recording::schema_markdown()) ? 0 : 1;
}
