#include "cli/query_prompt.h"

#include <editline/readline.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "base/host/clock.h"
#include "base/host/text.h"
#include "cli/errors.h"
#include "cli/terminal.h"
#include "query/schema.h"

namespace hone::cli {
namespace {

// The library calls back without a word of ours; there is one prompt.
query::Database* prompted = nullptr;
std::string earlier;  // lines of the statement before the one that is typed

std::vector<std::string> offered;
char* next_offer(const char*, int state) {
  return static_cast<size_t>(state) < offered.size()
             ? ::strdup(offered[static_cast<size_t>(state)].c_str())
             : nullptr;
}

constexpr const char* kOrders[] = {".tables", ".schema", ".format", ".limit", ".help", ".quit"};

char** complete(const char*, int, int end) {
  ::rl_attempted_completion_over = 1;  // never the names of files
  const std::string line(::rl_line_buffer, static_cast<size_t>(end));
  if (earlier.empty() && !line.empty() && line[0] == '.' && line.find(' ') == std::string::npos) {
    offered.clear();
    // What stands before the name stays.
    for (const char* order : kOrders) {
      if (std::string_view(order).substr(0, line.size()) == line) offered.emplace_back(order + 1);
    }
  } else {
    offered = prompted->completions(earlier + line);
  }
  return offered.empty() ? nullptr : ::rl_completion_matches("", &next_offer);
}

void cancel(int) {
  prompted->cancel();
}

// Ctrl-C ends the statement that runs, and not Hone.
class CancelOnInterrupt {
 public:
  CancelOnInterrupt() {
    struct sigaction action {};
    action.sa_handler = &cancel;
    ::sigaction(SIGINT, &action, &before_);
  }
  ~CancelOnInterrupt() {
    ::sigaction(SIGINT, &before_, nullptr);
    prompted->allow();
  }
  CancelOnInterrupt(const CancelOnInterrupt&) = delete;
  CancelOnInterrupt& operator=(const CancelOnInterrupt&) = delete;

 private:
  struct sigaction before_ {};
};

void run_one(const std::string& sql, const QueryOutput& output) {
  const TimeNs begun = base::monotonic_now();
  const CancelOnInterrupt interrupts;
  if (auto done = run_statements(*prompted, sql, output); !done) {
    say(error_text(done.error(), style_of(Stream::kErr, "auto", false)));
    return;
  }
  say(fmt::format("({})\n", base::duration_text(base::monotonic_now() - begun)));
}

void print_text(std::string_view text) {
  (void)print(Stream::kOut, text);
}

// ".limit 20"; false: it is to end.
bool run_order(const std::string& line, QueryOutput& output) {
  const size_t blank = line.find(' ');
  const std::string order = line.substr(0, blank);
  const std::string argument = blank == std::string::npos ? "" : line.substr(blank + 1);
  if (order == ".quit" || order == ".exit") return false;
  if (order == ".tables") {
    print_text(query::schema_text(""));
  } else if (order == ".schema") {
    const std::string text = query::schema_text(argument);
    print_text(text.empty() ? "no such table\n" : text);
  } else if (order == ".limit") {
    output.limit = std::strtoull(argument.c_str(), nullptr, 10);
  } else if (order == ".format") {
    using report::RowFormat;
    output.format = argument == "csv"      ? RowFormat::kCsv
                    : argument == "json"   ? RowFormat::kJson
                    : argument == "ndjson" ? RowFormat::kNdjson
                                           : RowFormat::kTable;
  } else {
    print_text(
        "A statement ends with ; and may go over several lines. Tab completes, Ctrl-C stops.\n"
        "  .tables          the tables and functions\n"
        "  .schema TABLE    the columns of one\n"
        "  .format FORMAT   table, csv, json or ndjson\n"
        "  .limit N         rows of a statement at most; 0: all\n"
        "  .quit            or Ctrl-D\n");
  }
  return true;
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\n") == std::string::npos;
}

}  // namespace

Result<int> run_prompt(query::Database& database, QueryOutput output) {
  prompted = &database;
  earlier.clear();
  ::rl_readline_name = "hone";
  ::rl_attempted_completion_function = &complete;
  say("SQL; .help says more\n");
  // A prompt is left by Ctrl-D: Ctrl-C gives up what was typed.
  while (true) {
    char* typed = ::readline(earlier.empty() ? "hone> " : "  ..> ");
    if (typed == nullptr) break;
    const std::string line(typed);
    std::free(typed);
    if (is_blank(line)) continue;
    ::add_history(line.c_str());
    if (earlier.empty() && line[0] == '.') {
      if (!run_order(line, output)) break;
      continue;
    }
    earlier += line + '\n';
    if (!query::is_complete(earlier)) continue;
    const std::string sql = std::exchange(earlier, {});
    run_one(sql, output);
  }
  if (!is_blank(earlier)) run_one(std::exchange(earlier, {}), output);
  return kOk;
}

}  // namespace hone::cli
