// Debug files from a debuginfod server: a small one, in this process, on the loopback device.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "elf/test_support.h"
#include "symbols/debug_files.h"

namespace hone::symbols {
namespace {

namespace fs = std::filesystem;
using elf::testing::victim_path;

// Answers GET /buildid/ID/debuginfo with a file for the one id that it knows.
class Server {
 public:
  Server(std::string id, const std::string& path)
      : wanted_("GET /buildid/" + id + "/debuginfo "), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (auto content = base::read_file(path)) content_ = std::move(*content);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.get(), generic, bytes) == 0 && ::listen(socket_.get(), 8) == 0 &&
        ::getsockname(socket_.get(), generic, &bytes) == 0) {
      port_ = ntohs(address.sin_port);
      thread_ = std::thread([this] { serve(); });
    }
  }
  ~Server() {
    ::shutdown(socket_.get(), SHUT_RDWR);  // ends accept()
    if (thread_.joinable()) thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int requests() const { return requests_; }

 private:
  void serve() {
    for (;;) {
      const base::UniqueFd connection(::accept(socket_.get(), nullptr, nullptr));
      if (connection.get() < 0) return;
      std::string request;
      char part[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = ::read(connection.get(), part, sizeof part);
        if (got <= 0) break;
        request.append(part, static_cast<size_t>(got));
      }
      ++requests_;
      const bool known = request.starts_with(wanted_);
      const std::string body = known ? content_ : std::string("no such build id");
      const std::string answer = std::string(known ? "HTTP/1.1 200 OK" : "HTTP/1.1 404 Not Found") +
                                 "\r\nContent-Length: " + std::to_string(body.size()) +
                                 "\r\nConnection: close\r\n\r\n" + body;
      (void)base::write_all(connection.get(), base::as_bytes(answer));
    }
  }

  std::string wanted_, content_;
  base::UniqueFd socket_;
  uint16_t port_ = 0;
  std::atomic<int> requests_{0};
  std::thread thread_;
};

class Debuginfod : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "hone-debuginfod-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    ::setenv("XDG_CACHE_HOME", (folder_ + "/cache").c_str(), 1);
    ::setenv("DEBUGINFOD_CACHE_PATH", (folder_ + "/fetched").c_str(), 1);
    ::setenv("no_proxy", "127.0.0.1", 1);
    const auto whole = elf::testing::open_victim("gcc5");
    ASSERT_TRUE(whole);
    id_.assign(whole->image.build_id().begin(), whole->image.build_id().end());
    leaf_ = elf::testing::mark(whole->image, "mark_leaf");
    options_.debug_folders = {folder_ + "/debug"};
    options_.use_debuginfod = true;
    if (!is_installed()) GTEST_SKIP() << "libdebuginfod.so.1 is not installed";
  }
  void TearDown() override {
    ::unsetenv("DEBUGINFOD_URLS");
    fs::remove_all(folder_);
  }
  static bool is_installed() {
    void* library = ::dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library) ::dlclose(library);
    return library != nullptr;
  }
  ResolvedModule resolve() {
    ModuleSource source;
    source.path = victim_path("stripped");
    source.build_id = id_;
    auto module = resolve_module(source, {&leaf_, 1}, options_);
    return module ? std::move(*module) : ResolvedModule{};
  }

  std::string folder_;
  std::vector<uint8_t> id_;
  Svma leaf_{};
  Options options_;
};

TEST_F(Debuginfod, BringsTheDebugFile) {
  // Asked before a server is configured: what was kept then must not stand in the way.
  EXPECT_EQ(resolve().state, SymbolState::kStripped);
  Server server(hex_text(id_), victim_path("linked.debug"));
  ::setenv("DEBUGINFOD_URLS", server.url().c_str(), 1);
  const ResolvedModule module = resolve();
  EXPECT_EQ(module.state, SymbolState::kFull);
  EXPECT_TRUE(module.debug_file.starts_with(folder_ + "/fetched/")) << module.debug_file;
  EXPECT_EQ(server.requests(), 1);
  EXPECT_TRUE(resolve().from_cache);
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(Debuginfod, AsksNobodyUnlessTold) {
  Server server(hex_text(id_), victim_path("linked.debug"));
  ::setenv("DEBUGINFOD_URLS", server.url().c_str(), 1);
  options_.use_debuginfod = false;
  EXPECT_EQ(resolve().state, SymbolState::kStripped);
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(Debuginfod, TakesNoForAnAnswer) {
  Server server("0123", victim_path("linked.debug"));
  ::setenv("DEBUGINFOD_URLS", server.url().c_str(), 1);
  EXPECT_EQ(resolve().state, SymbolState::kStripped);
  EXPECT_GE(server.requests(), 1);
  EXPECT_TRUE(resolve().from_cache);
}

TEST_F(Debuginfod, RefusesAFileOfAnotherBuild) {
  Server server(hex_text(id_), victim_path("clang5"));
  ::setenv("DEBUGINFOD_URLS", server.url().c_str(), 1);
  EXPECT_EQ(resolve().state, SymbolState::kStripped);
}

}  // namespace
}  // namespace hone::symbols
