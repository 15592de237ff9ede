#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/host/clock.h"
#include "base/host/file.h"
#include "base/host/text.h"
#include "capture/control.h"
#include "cli/command.h"
#include "cli/errors.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

using nlohmann::json;

// A recorder answers within a round of its loop, but a busy machine may keep it waiting; a
// snapshot is written first, and the end of a recording takes the naming of its functions.
constexpr int kAnswerMs = 10'000;
constexpr int kLongMs = 120'000;
constexpr size_t kAnswerBytesMax = 64 << 10;

struct Recorder {
  base::UniqueFd fd;
  json status;

  std::string text(const char* key) const {
    const auto found = status.find(key);
    return found != status.end() && found->is_string() ? found->get<std::string>() : "";
  }
  int64_t number(const char* key) const {
    const auto found = status.find(key);
    return found != status.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
  }
};

// One line, or "" when none came in that time.
std::string read_line(int fd, int within_ms) {
  std::string line;
  const int64_t until = raw(base::monotonic_now()) + int64_t{within_ms} * 1'000'000;
  while (line.size() < kAnswerBytesMax) {
    const int64_t left_ms = (until - raw(base::monotonic_now())) / 1'000'000;
    pollfd ready{fd, POLLIN, 0};
    if (left_ms <= 0 || ::poll(&ready, 1, static_cast<int>(left_ms)) <= 0) return {};
    char byte = 0;
    if (::read(fd, &byte, 1) != 1) return {};
    if (byte == '\n') return line;
    line += byte;
  }
  return {};
}

json ask(int fd, std::string_view order, int within_ms) {
  const std::string line = std::string(order) + "\n";
  if (::send(fd, line.data(), line.size(), MSG_NOSIGNAL) < 0) return {};
  json answer = json::parse(read_line(fd, within_ms), nullptr, false);
  return answer.is_object() ? answer : json();
}

std::optional<Recorder> reach(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.data(), path.size());
  Recorder out{.fd = base::UniqueFd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)},
               .status = {}};
  if (!out.fd ||
      ::connect(out.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return std::nullopt;
  }
  out.status = ask(out.fd.get(), "status", kAnswerMs);
  if (out.status.is_null()) return std::nullopt;
  return out;
}

std::vector<Recorder> all_recorders() {
  std::vector<Recorder> out;
  for (const std::string& folder : capture::control_folders()) {
    std::error_code failed;
    for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end;
         at.increment(failed)) {
      if (at->path().extension() != ".sock") continue;
      if (auto recorder = reach(at->path().string())) out.push_back(std::move(*recorder));
    }
  }
  std::sort(out.begin(), out.end(),
            [](const Recorder& a, const Recorder& b) { return a.number("pid") < b.number("pid"); });
  return out;
}

// By the recorder's id, the program's, the program's name, or the recording's.
bool is_meant(const Recorder& recorder, const std::string& who) {
  const std::filesystem::path output(recorder.text("output"));
  return who.empty() || who == std::to_string(recorder.number("pid")) ||
         (who != "0" && who == std::to_string(recorder.number("program_pid"))) ||
         who == recorder.text("program") || who == output.string() ||
         who == output.filename().string() || who == output.stem().string();
}

std::string line_of(const Recorder& r) {
  const int64_t elapsed_ns = r.number("elapsed_ns"), recorded_ns = r.number("recorded_ns");
  std::string out = fmt::format("{}  {}  {}  {}", r.number("pid"), r.text("program"),
                                r.text("state"), base::duration_text(DurationNs{elapsed_ns}));
  if (recorded_ns != elapsed_ns) {
    out += fmt::format(" ({} recorded)", base::duration_text(DurationNs{recorded_ns}));
  }
  return out + fmt::format(", {} samples, {}  {}",
                           base::count_text(static_cast<uint64_t>(r.number("samples"))),
                           base::bytes_text(static_cast<uint64_t>(r.number("bytes"))),
                           r.text("output"));
}

Result<Recorder> one_recorder(const std::string& who) {
  std::vector<Recorder> found = all_recorders();
  std::erase_if(found, [&](const Recorder& r) { return !is_meant(r, who); });
  if (found.empty()) {
    return tl::unexpected(Error{.code = Code::NotFound,
                                .message = who.empty()
                                               ? "no recording of yours is running"
                                               : fmt::format("no recording of yours is '{}'", who),
                                .effect = "nothing was done",
                                .fixes = {who.empty() ? "hone record -- COMMAND   begins one"
                                                      : "hone ctl status   lists those that run",
                                          "sudo hone ctl ...   reaches those of every user"},
                                .number = "E050"});
  }
  if (found.size() == 1) return std::move(found.front());
  Error error{.code = Code::InvalidArgument,
              .message = fmt::format("{} recordings are running", found.size()),
              .effect = "nothing was done",
              .fixes = {},
              .number = "E051"};
  for (const Recorder& recorder : found) {
    error.fixes.push_back(fmt::format("hone ctl ORDER {}   ({}, {})", recorder.number("pid"),
                                      recorder.text("program"), recorder.text("output")));
  }
  return tl::unexpected(std::move(error));
}

Result<int> show_status(const Options& options, const std::string& who) {
  std::vector<Recorder> found = all_recorders();
  if (!who.empty()) std::erase_if(found, [&](const Recorder& r) { return !is_meant(r, who); });
  if (found.empty()) return tl::unexpected(one_recorder(who).error());
  std::string out;
  if (options.json) {
    json all = json::array();
    for (Recorder& recorder : found) {
      recorder.status.erase("ok");
      all.push_back(std::move(recorder.status));
    }
    out = json{{"schema", "hone.ctl/1"}, {"recorders", std::move(all)}}.dump(
              2, ' ', false, json::error_handler_t::replace) +
          "\n";
  } else {
    for (const Recorder& recorder : found) out += report::terminal_text(line_of(recorder)) + "\n";
  }
  HONE_TRY(print(Stream::kOut, out));
  return 0;
}

Result<int> run_ctl(const Invocation& invocation) {
  const Options& options = invocation.options;
  const std::string order = options.operands.empty() ? "status" : options.operands[0];
  const std::string who = options.operands.size() > 1 ? options.operands[1] : "";
  const auto verb = capture::order_verb(order);
  if (!verb) {
    return usage_error(fmt::format("hone ctl knows no '{}'", order),
                       {"one of: start, stop, status, snapshot, finish"});
  }
  using Verb = capture::Order::Verb;
  if (*verb == Verb::kStatus) return show_status(options, who);
  HONE_TRY_ASSIGN(Recorder recorder, one_recorder(who));
  const int fd = recorder.fd.get();
  recorder.status = ask(fd, order, *verb == Verb::kSnapshot ? kLongMs : kAnswerMs);
  if (!recorder.status.value("ok", false)) {
    std::string why = recorder.text("error");
    if (why.empty()) why = "it gave no answer";
    return tl::unexpected(Error{.code = Code::Unsupported,
                                .message = "the recorder refused: " + why,
                                .effect = "the recording goes on as it was",
                                .fixes = {"hone ctl status   says how it stands"},
                                .number = "E052"});
  }
  // Its socket goes with the recorder: then the file is complete.
  if (*verb == Verb::kFinish) (void)read_line(fd, kLongMs);
  if (*verb == Verb::kSnapshot) {
    HONE_TRY(print(Stream::kOut, recorder.text("snapshot") + "\n"));
    return 0;
  }
  say(report::terminal_text(line_of(recorder)) + "\n");
  return 0;
}

}  // namespace

const Command& ctl_command() {
  static const Command command = {
      .name = "ctl",
      .summary = "pause, resume, look at or end a recording that is running",
      .usage = "[start|stop|status|snapshot|finish] [PID|NAME]",
      .examples = {{"hone ctl status", "which recordings are running"},
                   {"hone ctl stop", "pause the only one that runs"},
                   {"hone ctl start redis-server", "by the program's name, or by a pid"},
                   {"hone ctl snapshot", "of --last: write what is held now"},
                   {"hone ctl finish app.hone", "end it; the program runs on"}},
      .details =
          "Reaches your own recordings; root reaches everybody's. A recording that is paused\n"
          "still follows its processes, and its report says how much of the time it covers.\n"
          "Signals to the recorder do the same: SIGUSR1 pauses and resumes, SIGUSR2 takes a\n"
          "snapshot. A program under --start-paused or --control can do it itself: it writes\n"
          "the line start or stop to the descriptor whose number is in HONE_CTL_FD.",
      .operands = Operands::kOrder,
      .flags = {json_flag()},
      .run = &run_ctl};
  return command;
}

}  // namespace hone::cli
