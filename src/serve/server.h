// HTTP/1.1 for browsers: the built pages and the API, to whoever shows the token (guard.h).
//
//   HONE_TRY_ASSIGN(std::unique_ptr<Server> server, Server::listen(api, {}));
//   say(server->url());
//   server->run();   // until stop(), which may be called from anywhere, signal handlers included
//
// A path never names a file: pages come from memory, recordings by the ids of the library.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/host/result.h"
#include "serve/api.h"

namespace hone::serve {

struct ServerOptions {
  std::string address = "127.0.0.1";  // of an interface; a name is looked up
  uint16_t port = 0;                  // 0: any that is free
  std::string token;                  // empty: a new one
  unsigned threads = 0;               // that answer; 0: by the machine
};

class Server {
 public:
  static constexpr size_t kConnectionsMax = 256;
  static constexpr size_t kHeaderBytesMax = 32 << 10;
  static constexpr size_t kBodyBytesMax = size_t{2} << 30;  // a recording that is dropped on a page
  static constexpr int kIdleSeconds = 60;                   // then a connection is closed

  // `api` must outlive it. Errors: E095 when it cannot listen there.
  static Result<std::unique_ptr<Server>> listen(const Api& api, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;
  std::string url() const;  // with the token
  void run();
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hone::serve
