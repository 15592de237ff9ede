#include "capture/agent_socket.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

namespace hone::capture {
namespace {

constexpr int kBacklog = 1024;
constexpr int kDescriptorsMax = 64;

Result<base::UniqueFd> listen_at(const std::string& name, bool abstract) {
  base::UniqueFd fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return fail_errno("cannot make a socket", errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t skip = abstract ? 1 : 0;
  if (skip + name.size() + 1 > sizeof address.sun_path) {
    return fail(Code::LimitExceeded, "the path of the agent's socket is too long: " + name);
  }
  std::memcpy(address.sun_path + skip, name.data(), name.size());
  const size_t size = offsetof(sockaddr_un, sun_path) + skip + name.size() + (abstract ? 0 : 1);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)) !=
          0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    return fail_errno("cannot listen at " + name, errno);
  }
  return fd;
}

std::optional<AgentSocket::Caller> accept_at(int listener) {
  base::UniqueFd fd{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!fd) return std::nullopt;
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return std::nullopt;
  }
  return AgentSocket::Caller{std::move(fd), credentials.pid};
}

tl::unexpected<Error> cannot_preload(const std::string& program, const std::string& why) {
  return tl::unexpected(
      Error{.code = Code::Unsupported,
            .message = fmt::format("cannot sample {} by timers: {}", program, why),
            .effect = "nothing was recorded",
            .fixes = {"sample by perf: see hone doctor   (what forbids it here, and the way out)"},
            .number = "E067"});
}

// The interpreter of a script ("#!/usr/bin/env python3" gives /usr/bin/env); empty: it is none.
std::string script_interpreter(const std::string& program) {
  const base::UniqueFd fd{::open(program.c_str(), O_RDONLY | O_CLOEXEC)};
  char text[256] = {};
  if (!fd || ::read(fd.get(), text, sizeof text - 1) < 3 || std::strncmp(text, "#!", 2) != 0) {
    return {};
  }
  const char* begin = text + 2 + std::strspn(text + 2, " \t");
  return {begin, std::strcspn(begin, " \t\n")};
}

// True when it names no dynamic loader.
bool is_static(const std::string& program) {
  const base::UniqueFd fd{::open(program.c_str(), O_RDONLY | O_CLOEXEC)};
  Elf64_Ehdr header{};
  if (!fd || ::pread(fd.get(), &header, sizeof header, 0) != sizeof header ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return false;
  }
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    const auto at = static_cast<off_t>(header.e_phoff + uint64_t{i} * sizeof segment);
    if (::pread(fd.get(), &segment, sizeof segment, at) != sizeof segment) break;
    if (segment.p_type == PT_INTERP) return false;
  }
  return true;
}

bool gains_privilege(const std::string& program) {
  struct stat status {};
  if (::stat(program.c_str(), &status) != 0) return false;
  const bool other_user = (status.st_mode & S_ISUID) != 0 && status.st_uid != ::geteuid();
  const bool other_group = (status.st_mode & S_ISGID) != 0 && status.st_gid != ::getegid();
  const bool capabilities =
      ::geteuid() != 0 && ::getxattr(program.c_str(), "security.capability", nullptr, 0) > 0;
  return other_user || other_group || capabilities;
}

}  // namespace

Result<AgentSocket> AgentSocket::open() {
  AgentSocket out;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  std::vector<std::string> parents;
  if (runtime && *runtime == '/' && std::strlen(runtime) < 60) parents.push_back(runtime);
  parents.push_back("/tmp");
  parents.push_back("/var/tmp");
  for (const std::string& parent : parents) {
    std::string folder = parent + "/hone-XXXXXX";
    if (!::mkdtemp(folder.data())) continue;
    out.folder_ = folder;
    break;
  }
  if (out.folder_.empty()) return fail_errno("cannot make a folder for the agent's socket", errno);
  out.address_ = out.folder_ + "/agent";
  HONE_TRY_ASSIGN(out.by_path_, listen_at(out.address_, false));
  // Where the namespace of the network has one of that name already, the path alone must do.
  if (auto abstract = listen_at(out.address_, true)) out.abstract_ = std::move(*abstract);
  return out;
}

AgentSocket::~AgentSocket() {
  if (folder_.empty() || !by_path_) return;
  ::unlink(address_.c_str());
  ::rmdir(folder_.c_str());
}

std::optional<AgentSocket::Caller> AgentSocket::accept() {
  if (auto caller = accept_at(by_path_.get())) return caller;
  return abstract_ ? accept_at(abstract_.get()) : std::nullopt;
}

AgentMessage receive(int fd) {
  AgentMessage out;
  uint8_t bytes[sizeof(wire::Hello)];
  iovec vector{bytes, sizeof bytes};
  alignas(cmsghdr) char control[CMSG_SPACE(kDescriptorsMax * sizeof(int))];
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return out;
  out.kind = got <= 0 ? AgentMessage::Kind::kEnd : AgentMessage::Kind::kForeign;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); got > 0 && part;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int given = -1;
      std::memcpy(&given, CMSG_DATA(part) + i * sizeof given, sizeof given);
      out.memory = base::UniqueFd{given};  // one is wanted: any more are closed
    }
  }
  uint32_t magic = 0;
  if (got >= static_cast<ssize_t>(sizeof magic)) std::memcpy(&magic, bytes, sizeof magic);
  if (magic == wire::kMoreMagic) out.kind = AgentMessage::Kind::kMore;
  if (magic == wire::kWakeMagic) out.kind = AgentMessage::Kind::kWake;
  const bool is_hello = magic == wire::kHelloMagic || magic == wire::kSpansMagic;
  if (is_hello && got == sizeof(wire::Hello) && out.memory) {
    std::memcpy(&out.hello, bytes, sizeof out.hello);
    out.kind = magic == wire::kHelloMagic ? AgentMessage::Kind::kHello : AgentMessage::Kind::kSpans;
  }
  return out;
}

bool send(int fd, const wire::Tables& tables, std::span<const int> descriptors) {
  iovec vector{const_cast<wire::Tables*>(&tables), sizeof tables};
  alignas(cmsghdr) char control[CMSG_SPACE(kDescriptorsMax * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size_bytes());
  }
  return ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof tables;
}

std::optional<std::string> find_installed(const std::string& name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path folder = self.parent_path();
  for (const std::string& place :
       {"../lib/" + name, "../lib/hone/" + name, name, std::string(HONE_AGENT_FOLDER "/") + name}) {
    const std::filesystem::path path = (folder / place).lexically_normal();
    if (std::filesystem::is_regular_file(path, error)) return path.string();
  }
  return std::nullopt;
}

Result<std::string> find_agent() {
  if (std::optional<std::string> path = find_installed("libhone-agent.so")) {
    return std::move(*path);
  }
  return tl::unexpected(Error{.code = Code::NotFound,
                              .message = "libhone-agent.so is not beside hone",
                              .effect = "the timer sampler cannot be used",
                              .fixes = {"install Hone whole: ./dev install, or the package"},
                              .number = "E066"});
}

Result<void> can_preload(const std::string& program) {
  const std::string interpreter = script_interpreter(program);
  const std::string& file = interpreter.empty() ? program : interpreter;
  if (is_static(file))
    return cannot_preload(file, "it is linked statically, so nothing is preloaded");
  if (gains_privilege(file)) {
    return cannot_preload(file,
                          "it runs with more privileges than its caller, and preloads nothing");
  }
  return {};
}

AgentEnvironment::AgentEnvironment(const std::string& agent, const std::string& address) {
  constexpr const char *kPreload = "LD_PRELOAD", *kSanitizer = "ASAN_OPTIONS";
  constexpr const char* kOrder = "verify_asan_link_order";
  const auto behind = [](const char* before, char separator) {
    return before && *before ? separator + std::string(before) : std::string();
  };
  set(wire::kAgentVariable, address);
  set(kPreload, agent + behind(std::getenv(kPreload), ':'));
  const char* const options = std::getenv(kSanitizer);
  if (!options || !std::strstr(options, kOrder)) {
    set(kSanitizer, std::string(kOrder) + "=0" + behind(options, ':'));
  }
}

void AgentEnvironment::set(const char* name, const std::string& value) {
  Variable& variable = changed_.emplace_back(Variable{.name = name, .before = {}});
  if (const char* before = std::getenv(name)) variable.before = before;
  ::setenv(name, value.c_str(), 1);
}

AgentEnvironment::~AgentEnvironment() {
  for (const Variable& variable : changed_) {
    if (variable.before) {
      ::setenv(variable.name, variable.before->c_str(), 1);
    } else {
      ::unsetenv(variable.name);
    }
  }
}

}  // namespace hone::capture
