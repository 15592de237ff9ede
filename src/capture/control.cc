#include "capture/control.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace hone::capture {
namespace {

constexpr size_t kClientsMax = 16;
constexpr size_t kLineBytesMax = 64;
// What one round of the recorder looks at, of all that a client or the program has written.
constexpr size_t kBytesARound = 4096;
// High, so that it is not what a program that closes and opens files comes to use by chance.
constexpr int kProgramFdMin = 512;

std::string user_folder(uid_t user, const char* runtime) {
  if (runtime && runtime[0] == '/') return std::string(runtime) + "/hone";
  return fmt::format("/tmp/hone-{}", user);
}

// Ours, and closed to others: /tmp belongs to everybody, and somebody may have been there first.
bool is_private(const std::string& folder) {
  struct stat status = {};
  return ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid() && (status.st_mode & 077) == 0;
}

Result<std::string> make_folder() {
  std::string folder = control_folder();
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) {
      if (is_private(folder)) return folder;
    }
    folder = user_folder(::geteuid(), nullptr);
  }
  return fail(Code::Permission, folder + " is not a folder of ours alone");
}

// A socket whose recorder is gone refuses connections.
void remove_leftovers(const std::string& folder) {
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed)) {
    const std::string name = at->path().filename().string();
    char* rest = nullptr;
    const long pid = std::strtol(name.c_str(), &rest, 10);
    if (pid <= 0 || std::strcmp(rest, ".sock") != 0) continue;
    if (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) ::unlink(at->path().c_str());
  }
}

bool comes_from_us(int fd) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 &&
         (peer.uid == ::geteuid() || peer.uid == 0);
}

bool watch(int poll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == 0;
}

// Takes the whole lines off `text`; false when what is left is longer than any.
bool take_lines(std::string& text, base::FunctionRef<void(std::string_view)> take) {
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    take(std::string_view(text).substr(begin, end - begin));
  }
  text.erase(0, begin);
  return text.size() <= kLineBytesMax;
}

}  // namespace

std::optional<Order::Verb> order_verb(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t\r");
  if (first == line.npos) return std::nullopt;
  line = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
  using Verb = Order::Verb;
  constexpr std::pair<std::string_view, Verb> kVerbs[] = {{"start", Verb::kStart},
                                                          {"stop", Verb::kStop},
                                                          {"status", Verb::kStatus},
                                                          {"snapshot", Verb::kSnapshot},
                                                          {"finish", Verb::kFinish}};
  for (const auto& [word, verb] : kVerbs) {
    if (line == word) return verb;
  }
  return std::nullopt;
}

std::string control_folder() {
  return user_folder(::geteuid(), std::getenv("XDG_RUNTIME_DIR"));
}

std::vector<std::string> control_folders() {
  std::vector<std::string> out = {control_folder(), user_folder(::geteuid(), nullptr)};
  if (::geteuid() == 0) {
    const auto add = [&](const char* parent, std::string_view start, const char* end) {
      std::error_code failed;
      for (std::filesystem::directory_iterator at(parent, failed), last; !failed && at != last;
           at.increment(failed)) {
        if (at->path().filename().string().starts_with(start)) {
          out.push_back(at->path().string() + end);
        }
      }
    };
    add("/run/user", "", "/hone");
    add("/tmp", "hone-", "");
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
      // Bytes, as they are in names of files; nobody has to know their encoding.
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + '"';
}

Result<Control> Control::open() {
  HONE_TRY_ASSIGN(const std::string folder, make_folder());
  remove_leftovers(folder);
  Control out;
  const std::string path = fmt::format("{}/{}.sock", folder, ::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(Code::LimitExceeded, path + " is too long for a socket");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  out.listener_ = base::UniqueFd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!out.listener_) return fail_errno("socket", errno);
  ::unlink(path.c_str());  // of an earlier process of this id
  if (::bind(out.listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno(path, errno);
  out.path_ = path;
  if (::listen(out.listener_.get(), kClientsMax) != 0) return fail_errno(path, errno);
  out.poll_ = base::UniqueFd{::epoll_create1(EPOLL_CLOEXEC)};
  if (!out.poll_ || !watch(out.poll_.get(), out.listener_.get())) return fail_errno("epoll", errno);
  return out;
}

Control& Control::operator=(Control&& other) noexcept {
  if (this != &other) {
    std::swap(path_, other.path_);
    std::swap(listener_, other.listener_);
    std::swap(poll_, other.poll_);
    std::swap(program_read_, other.program_read_);
    std::swap(program_write_, other.program_write_);
    std::swap(program_line_, other.program_line_);
    std::swap(clients_, other.clients_);
    std::swap(next_id_, other.next_id_);
  }
  return *this;
}

Control::~Control() {
  if (listener_) ::unlink(path_.c_str());
}

Result<int> Control::program_descriptor() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno("pipe", errno);
  program_read_ = base::UniqueFd{ends[0]};
  const base::UniqueFd write_end{ends[1]};
  // Opened anew for both ways: then the program itself is a reader, too, and what it writes when
  // the recorder is gone does not end it by SIGPIPE.
  base::UniqueFd both{::open(fmt::format("/proc/self/fd/{}", write_end.get()).c_str(),
                             O_RDWR | O_NONBLOCK | O_CLOEXEC)};
  if (!both) return fail_errno("/proc/self/fd", errno);
  rlimit limit{};
  const bool room = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > kProgramFdMin + 64;
  program_write_ = base::UniqueFd{::fcntl(both.get(), F_DUPFD_CLOEXEC, room ? kProgramFdMin : 64)};
  if (!program_write_) return fail_errno("F_DUPFD", errno);
  if (!watch(poll_.get(), program_read_.get())) return fail_errno("epoll", errno);
  return program_write_.get();
}

void Control::accept_clients() {
  for (size_t i = 0; i < kClientsMax; ++i) {
    base::UniqueFd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!fd) return;
    if (!comes_from_us(fd.get())) continue;
    // The oldest has had its time.
    if (clients_.size() >= kClientsMax) clients_.erase(clients_.begin());
    if (!watch(poll_.get(), fd.get())) continue;
    clients_.push_back({.id = next_id_++, .fd = std::move(fd), .line = {}});
  }
}

// False when there is no more to be had from it.
bool Control::read_client(Client& client, base::FunctionRef<void(const Order&)> take) {
  char bytes[256];
  bool sound = true;
  for (size_t got = 0; got < kBytesARound && sound;) {
    const ssize_t n = ::read(client.fd.get(), bytes, sizeof bytes);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n <= 0) return false;
    got += static_cast<size_t>(n);
    client.line.append(bytes, static_cast<size_t>(n));
    sound = take_lines(client.line, [&](std::string_view line) {
      if (const auto verb = order_verb(line)) {
        take({.verb = *verb, .from = client.id});
      } else {
        answer({.from = client.id}, R"({"ok":false,"error":"no such order"})");
      }
    });
  }
  return sound;
}

void Control::read_program(base::FunctionRef<void(const Order&)> take) {
  char bytes[kBytesARound];
  const ssize_t n = ::read(program_read_.get(), bytes, sizeof bytes);
  if (n <= 0) return;
  program_line_.append(bytes, static_cast<size_t>(n));
  const bool sound = take_lines(program_line_, [&](std::string_view line) {
    const auto verb = order_verb(line);
    if (verb == Order::Verb::kStart || verb == Order::Verb::kStop) take({.verb = *verb});
  });
  if (!sound) program_line_.clear();
}

void Control::receive(base::FunctionRef<void(const Order&)> take) {
  epoll_event events[kClientsMax + 2];
  const int count = ::epoll_wait(poll_.get(), events, kClientsMax + 2, 0);
  for (int i = 0; i < count; ++i) {
    const int fd = events[i].data.fd;
    if (fd == listener_.get()) {
      accept_clients();
      continue;
    }
    if (fd == program_read_.get()) {
      read_program(take);
      continue;
    }
    // By number, and looked for anew: an answer may have closed one of them.
    const auto client = std::find_if(clients_.begin(), clients_.end(),
                                     [&](const Client& c) { return c.fd.get() == fd; });
    if (client == clients_.end()) continue;
    const uint64_t id = client->id;
    if (read_client(*client, take)) continue;
    std::erase_if(clients_, [&](const Client& c) { return c.id == id; });
  }
}

void Control::answer(const Order& order, std::string_view json) {
  const auto client = std::find_if(clients_.begin(), clients_.end(),
                                   [&](const Client& c) { return c.id == order.from; });
  if (client == clients_.end()) return;
  const std::string line = std::string(json) + "\n";
  (void)::send(client->fd.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace hone::capture
