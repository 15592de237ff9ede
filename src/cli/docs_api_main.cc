// Prints docs/reference/api.md.
#include "cli/terminal.h"
#include "serve/api.h"

int main() {
  return hone::cli::print(hone::cli::Stream::kOut, hone::serve::api_reference()) ? 0 : 1;
}
