#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/host/file.h"
#include "cli/command.h"
#include "cli/errors.h"
#include "cli/open.h"
#include "cli/pages.h"
#include "cli/settings.h"
#include "cli/shared_flags.h"
#include "cli/source_files.h"
#include "cli/terminal.h"
#include "serve/guard.h"
#include "serve/pages.h"
#include "serve/server.h"

namespace hone::cli {
namespace {

namespace fs = std::filesystem;

// Recordings of a folder, the newest first.
std::vector<std::string> recordings_in(const std::string& folder) {
  struct Found {
    std::string path;
    int64_t modified_ns;
  };
  std::vector<Found> found;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    struct stat status {};
    if (at->path().extension() != ".hone" || ::stat(at->path().c_str(), &status) != 0 ||
        !S_ISREG(status.st_mode)) {
      continue;
    }
    found.push_back({folder == "." ? at->path().filename().string() : at->path().string(),
                     int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec});
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return a.modified_ns != b.modified_ns ? a.modified_ns > b.modified_ns : a.path < b.path;
  });
  std::vector<std::string> out;
  for (Found& one : found) out.push_back(std::move(one.path));
  return out;
}

// What was named is all that is served. Errors: E012 for a file that is not there or is none of
// ours.
Result<void> add_recordings(const Options& options, serve::Library& library,
                            serve::Context& context) {
  std::vector<std::string> paths;
  bool are_named = false;
  for (const std::string& operand : options.operands) {
    std::error_code failed;
    if (fs::is_directory(operand, failed)) {
      for (std::string& path : recordings_in(operand)) paths.push_back(std::move(path));
      continue;
    }
    are_named = true;
    // The first look tells at once what no page should have to.
    HONE_TRY(look_at_recording(operand));
    paths.push_back(operand);
  }
  if (options.operands.empty()) paths = recordings_in(".");
  for (const std::string& path : paths) {
    const std::string id = library.add(path);
    if (context.initial_a.empty()) {
      context.initial_a = id;
    } else if (are_named && options.operands.size() == 2 && id != context.initial_a) {
      context.initial_b = id;
    }
  }
  return {};
}

// What `hone doctor --json` prints. In a process of its own: it tries things that a process with
// threads and recordings in memory has no business trying.
std::string doctor_answer() {
  const std::string command =
      fmt::format("exec /proc/{}/exe doctor --json 2>/dev/null", ::getpid());
  FILE* const answer = ::popen(command.c_str(), "r");
  if (answer == nullptr) return {};
  std::string out;
  char room[4096];
  for (size_t bytes = 0; (bytes = std::fread(room, 1, sizeof(room), answer)) > 0;) {
    out.append(room, bytes);
  }
  (void)::pclose(answer);
  return out;
}

// A folder that nobody else reads, for what is dropped on the pages; it goes with the server.
class PrivateFolder {
 public:
  PrivateFolder() {
    std::error_code failed;
    std::string name = (fs::temp_directory_path(failed) / "hone-view-XXXXXX").string();
    if (!failed && ::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~PrivateFolder() {
    std::error_code failed;
    if (!path_.empty()) fs::remove_all(path_, failed);
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

bool has_display() {
  return std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr;
}

// The address goes by a file that leads to it: what stands in a command line, everybody on the
// machine may read, and the address has the token.
void open_browser(const std::string& folder, const std::string& url) {
  if (folder.empty()) return;
  const std::string path = folder + "/open.html";
  const std::string page = fmt::format(
      "<!doctype html><meta http-equiv=\"refresh\" content=\"0; url={0}\"><a "
      "href=\"{0}\">Hone</a>\n",
      url);
  if (!base::write_file_atomically(path, base::as_bytes(page), 0600)) return;
  const pid_t child = ::fork();
  if (child != 0) return;
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere >= 0) {
    for (const int fd : {0, 1, 2}) ::dup2(nowhere, fd);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setsid();
  ::execlp("xdg-open", "xdg-open", path.c_str(), nullptr);
  ::_exit(127);
}

// Ctrl-C and its like end the server, on a thread that waits for them: none of what that takes may
// be done in a signal's handler.
class UntilSignal {
 public:
  UntilSignal() {
    ::sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals_, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGCHLD, SIG_IGN);  // nobody waits for the browser
  }
  void stop_at_signal(serve::Server& server) {
    std::thread([signals = signals_, &server] {
      int signal = 0;
      ::sigwait(&signals, &signal);
      server.stop();
    }).detach();
  }

 private:
  sigset_t signals_;
};

Result<int> run_view(const Invocation& given) {
  Invocation invocation = given;
  Options& options = invocation.options;
  HONE_TRY_ASSIGN(const Settings settings, load_settings(options.config));
  HONE_TRY(apply_settings(settings, invocation));
  if (serve::pages().empty()) {
    return tl::unexpected(Error{.code = Code::Unsupported,
                                .message = "this build has no pages: npm was absent",
                                .effect = "nothing is served",
                                .fixes = {"apt-get install npm, and build again"},
                                .number = "E096"});
  }
  UntilSignal until;
  serve::Library library(&open_for_pages);
  serve::Cache cache;
  serve::Context context;
  context.recordings = &library;
  context.cache = &cache;
  HONE_TRY(take_options(options, context));
  HONE_TRY(add_recordings(options, library, context));
  HONE_TRY_ASSIGN(const SourceFiles sources, SourceFiles::make(options.source_path, "."));
  take_sources(sources, context);
  context.doctor = &doctor_answer;
  const PrivateFolder folder;
  context.upload_folder = folder.path();
  const serve::Api api(context);
  HONE_TRY_ASSIGN(const std::unique_ptr<serve::Server> server,
                  serve::Server::listen(api, {.address = options.listen,
                                              .port = static_cast<uint16_t>(options.port)}));
  HONE_TRY(print(Stream::kOut, server->url() + "\n"));
  if (!serve::is_loopback(options.listen)) {
    say("warning: other machines can reach this server, unencrypted; who has the address above\n"
        "         with its token can read the recordings. An ssh tunnel is safer:\n"
        "         ssh -L PORT:127.0.0.1:PORT HOST\n");
  }
  say("Ctrl-C ends it\n");
  // Opened at once, so that it is there when the first page asks.
  if (!context.initial_a.empty()) (void)library.get(context.initial_a, 0);
  if (!options.no_open && has_display() && ::isatty(STDOUT_FILENO) != 0) {
    open_browser(folder.path(), server->url());
  }
  until.stop_at_signal(*server);
  server->run();
  return kOk;
}

}  // namespace

const Command& view_command() {
  static const Command command = {
      .name = "view",
      .summary = "show recordings in a browser",
      .usage = "[flags] [FILE...]",
      .examples = {{"hone view", "the recordings of this folder, the newest first"},
                   {"hone view app.hone", "one"},
                   {"hone view before.hone after.hone", "the first compared with the second"},
                   {"hone view --no-open --port 8080 runs/", "the recordings of another folder"}},
      .details =
          "Prints the address, with its token, and serves until Ctrl-C. Only what was named can "
          "be\n"
          "read, by who has the token. From another machine, a tunnel is the safe way:\n"
          "ssh -L 8080:127.0.0.1:8080 HOST, and hone view --port 8080 there.",
      .operands = Operands::kFiles,
      .flags =
          joined({{{"port",
                    0,
                    "N",
                    "where to listen (default: any port that is free)",
                    &Options::port,
                    {},
                    ValueKind::kWord,
                    0,
                    65535},
                   {"listen", 0, "ADDRESS",
                    "of which interface (default 127.0.0.1, which other machines cannot reach)",
                    &Options::listen},
                   {"no-open", 0, "", "print the address, and start no browser", &Options::no_open},
                   {"budget", 0, "TIME", "of a frame (default 16.67ms)", &Options::budget},
                   source_path_flag(),
                   config_flag()}}),
      .run = &run_view};
  return command;
}

}  // namespace hone::cli
