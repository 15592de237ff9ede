#include "serve/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <thread>
#include <vector>

#include "serve/answers.h"
#include "serve/guard.h"

namespace hone::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kToError = [](error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
};

Error cannot_listen(const ServerOptions& options, const error_code& error) {
  return {.code = Code::Io,
          .message = fmt::format("cannot listen at {}:{}: {}", options.address, options.port,
                                 error.message()),
          .effect = "nothing is served",
          .fixes = {"--port 0 takes any port that is free",
                    "--listen 127.0.0.1 is an address that each machine has"},
          .number = "E095"};
}

std::string_view as_view(beast::string_view text) {
  return {text.data(), text.size()};
}

Asked asked_of(const http::request<http::string_body>& request) {
  const auto header = [&](http::field field) { return as_view(request[field]); };
  return {.method = as_view(request.method_string()),
          .target = as_view(request.target()),
          .host = header(http::field::host),
          .origin = header(http::field::origin),
          .cookie = header(http::field::cookie),
          .authorization = header(http::field::authorization),
          .fetch_site = as_view(request["Sec-Fetch-Site"]),
          .if_none_match = header(http::field::if_none_match),
          .accept_encoding = header(http::field::accept_encoding)};
}

}  // namespace

struct Server::Parts {
  Parts(const Api& the_api, ServerOptions given)
      : api(the_api), options(std::move(given)), acceptor(io) {}

  const Api& api;
  ServerOptions options;
  Guarded guarded;
  asio::io_context io;
  tcp::acceptor acceptor;
  std::atomic<size_t> connections{0};

  asio::awaitable<void> accept();
  asio::awaitable<void> serve(tcp::socket socket);
  http::response<http::string_body> answer(http::request<http::string_body>& request) const;
};

asio::awaitable<void> Server::Parts::accept() {
  while (true) {
    error_code error;
    tcp::socket socket(asio::make_strand(io));
    co_await acceptor.async_accept(socket, kToError(error));
    if (error == asio::error::operation_aborted) co_return;
    // Too many already, or the system is out of descriptors: whoever waits asks again.
    if (error || connections.load() >= kConnectionsMax) continue;
    ++connections;
    const auto executor = socket.get_executor();
    asio::co_spawn(executor, serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> Server::Parts::serve(tcp::socket socket) {
  struct Count {
    std::atomic<size_t>& of;
    ~Count() { --of; }
  } const count{connections};
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  error_code error;
  stream.socket().set_option(tcp::no_delay(true), error);
  for (bool goes_on = true; goes_on;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kHeaderBytesMax);
    parser.body_limit(kBodyBytesMax);
    stream.expires_after(std::chrono::seconds(kIdleSeconds));
    co_await http::async_read_header(stream, buffer, parser, kToError(error));
    if (error) break;
    // Whoever may not ask is not listened to either: the body stays where it is.
    const bool is_refused = !parser.is_done() && !may_ask(guarded, asked_of(parser.get()));
    while (!is_refused && !parser.is_done()) {
      stream.expires_after(std::chrono::seconds(kIdleSeconds));
      co_await http::async_read_some(stream, buffer, parser, kToError(error));
      if (error) break;
    }
    if (error) break;
    http::request<http::string_body> request = parser.release();
    http::response<http::string_body> response = answer(request);
    if (is_refused) response.keep_alive(false);
    goes_on = response.keep_alive();
    stream.expires_after(std::chrono::seconds(kIdleSeconds));
    co_await http::async_write(stream, response, kToError(error));
    if (error) break;
  }
  stream.socket().shutdown(tcp::socket::shutdown_send, error);
}

http::response<http::string_body> Server::Parts::answer(
    http::request<http::string_body>& request) const {
  const Asked asked = asked_of(request);
  Answer answer = answer_http(api, guarded, asked, std::move(request.body()));
  http::response<http::string_body> out{static_cast<http::status>(answer.status),
                                        request.version()};
  for (const auto& [name, value] : answer.headers) out.set(name, value);
  out.keep_alive(request.keep_alive());
  const bool is_head = request.method() == http::verb::head;
  if (is_head) {
    out.content_length(answer.body.size());
  } else {
    out.body() = std::move(answer.body);
    out.prepare_payload();
  }
  return out;
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() {
  stop();
}

Result<std::unique_ptr<Server>> Server::listen(const Api& api, ServerOptions options) {
  auto parts = std::make_unique<Parts>(api, std::move(options));
  const ServerOptions& wanted = parts->options;
  error_code error;
  tcp::resolver resolver(parts->io);
  const auto found = resolver.resolve(wanted.address, std::to_string(wanted.port), error);
  if (error || found.empty()) return tl::unexpected(cannot_listen(wanted, error));
  const tcp::endpoint endpoint = *found.begin();
  tcp::acceptor& acceptor = parts->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return tl::unexpected(cannot_listen(wanted, error));
  parts->guarded = {.token = wanted.token.empty() ? make_token() : wanted.token,
                    .port = acceptor.local_endpoint().port(),
                    .listen_address = wanted.address};
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

uint16_t Server::port() const {
  return parts_->guarded.port;
}

std::string Server::url() const {
  std::string host = parts_->options.address;
  if (host == "0.0.0.0" || host == "::") host = "localhost";
  if (host.find(':') != host.npos) host = fmt::format("[{}]", host);
  return fmt::format("http://{}:{}/?token={}", host, port(), parts_->guarded.token);
}

void Server::run() {
  asio::co_spawn(parts_->io, parts_->accept(), asio::detached);
  unsigned count = parts_->options.threads;
  if (count == 0) count = std::clamp(std::thread::hardware_concurrency() + 1, 3u, 16u);
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < count; ++i) threads.emplace_back([this] { parts_->io.run(); });
  parts_->io.run();
  for (std::thread& thread : threads) thread.join();
}

void Server::stop() {
  parts_->io.stop();
}

}  // namespace hone::serve
