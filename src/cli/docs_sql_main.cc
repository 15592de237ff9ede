// Prints docs/reference/sql.md.
#include "cli/terminal.h"
#include "query/schema.h"

int main() {
  return hone::cli::print(hone::cli::Stream::kOut, hone::query::schema_markdown()) ? 0 : 1;
}
