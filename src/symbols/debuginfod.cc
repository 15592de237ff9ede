// The debuginfod client is loaded when it is asked for and not before: it brings libcurl and a
// dozen more libraries, which would cost every start of Hone milliseconds.
#include <dlfcn.h>

#include <cstdlib>
#include <memory>

#include "base/host/clock.h"
#include "symbols/debug_files.h"

namespace hone::symbols {
namespace {

constexpr int64_t kFetchNsMax = 10'000'000'000;

struct Client;  // debuginfod_client
thread_local TimeNs fetch_until{};

int still_in_time(Client*, long, long) {
  return raw(base::monotonic_now()) > raw(fetch_until) ? 1 : 0;
}

struct Api {
  Client* (*begin)() = nullptr;
  int (*find)(Client*, const unsigned char*, int, char**) = nullptr;
  void (*set_progress)(Client*, int (*)(Client*, long, long)) = nullptr;
  void (*end)(Client*) = nullptr;

  Api() {
    void* library = ::dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    load(library, "debuginfod_begin", begin);
    load(library, "debuginfod_find_debuginfo", find);
    load(library, "debuginfod_set_progressfn", set_progress);
    load(library, "debuginfod_end", end);
  }
  bool complete() const { return begin && find && set_progress && end; }

 private:
  template <class F>
  static void load(void* library, const char* name, F*& out) {
    out = reinterpret_cast<F*>(::dlsym(library, name));
  }
};

}  // namespace

bool debuginfod_configured() {
  const char* urls = std::getenv("DEBUGINFOD_URLS");
  return urls && *urls;
}

Result<std::string> fetch_debug_file(std::span<const uint8_t> build_id) {
  static const Api api;
  if (build_id.empty()) return fail(Code::NotFound, "no build id to ask debuginfod for");
  if (!api.complete()) return fail(Code::Unsupported, "libdebuginfod.so.1 is not installed");
  const std::unique_ptr<Client, void (*)(Client*)> client(api.begin(), api.end);
  if (!client) return fail(Code::Internal, "debuginfod does not start");
  fetch_until = base::monotonic_now() + DurationNs{kFetchNsMax};
  api.set_progress(client.get(), still_in_time);
  char* path = nullptr;
  const int fd = api.find(client.get(), build_id.data(), static_cast<int>(build_id.size()), &path);
  const std::unique_ptr<char, void (*)(void*)> owned(path, std::free);
  if (fd < 0 || !path) return fail_errno("debuginfod", -fd);
  base::UniqueFd close_it(fd);
  return std::string(path);
}

}  // namespace hone::symbols
