#include "serve/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "serve/asking_test.h"

namespace hone::serve {
namespace {

class Running : public testing::Test {
 protected:
  void SetUp() override {
    auto server = Server::listen(api_, {.token = "secret", .threads = 3});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    thread_ = std::thread([this] { server_->run(); });
  }
  void TearDown() override {
    if (!server_) return;
    server_->stop();
    thread_.join();
  }

  int connect() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return fd;
  }
  // Everything that comes until the other side closes.
  static std::string all_of(int fd) {
    std::string out;
    char room[4096];
    for (ssize_t bytes = 0; (bytes = ::read(fd, room, sizeof(room))) > 0;) {
      out.append(room, static_cast<size_t>(bytes));
    }
    ::close(fd);
    return out;
  }
  std::string send(const std::string& text) const {
    const int fd = connect();
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    return all_of(fd);
  }
  std::string request(const std::string& line, const std::string& more = "") const {
    return line + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) +
           "\r\nConnection: close\r\n" + more + "\r\n";
  }

  Asking recordings_{{"run", "main;work 3"}};
  Api api_{recordings_.context()};
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

TEST_F(Running, AnswersOverTheNetwork) {
  const std::string said = send(request("GET /api/1/recordings?token=secret"));
  EXPECT_EQ(said.substr(0, 15), "HTTP/1.1 200 OK");
  EXPECT_NE(said.find("\"id\":\"run\""), std::string::npos);
  EXPECT_EQ(send(request("GET /api/1/recordings")).substr(9, 3), "401");
  EXPECT_NE(server_->url().find("/?token=secret"), std::string::npos);
}

TEST_F(Running, KeepsAConnection) {
  const std::string host = "Host: 127.0.0.1:" + std::to_string(server_->port()) + "\r\n";
  const std::string one = "GET /api/1/schema?token=secret HTTP/1.1\r\n" + host + "\r\n";
  const std::string said = send(one + one + request("GET /api/1/schema?token=secret"));
  size_t answers = 0;
  for (size_t at = 0; (at = said.find("HTTP/1.1 200", at)) != said.npos; ++at) ++answers;
  EXPECT_EQ(answers, 3u);
}

TEST_F(Running, OfAHeadSendsTheHeadAlone) {
  const std::string said = send(request("HEAD /api/1/recordings?token=secret"));
  EXPECT_EQ(said.substr(9, 3), "200");
  EXPECT_EQ(said.substr(said.size() - 4), "\r\n\r\n");
  EXPECT_EQ(said.find("\"id\""), said.npos);
}

TEST_F(Running, BearsWhatIsNoRequest) {
  EXPECT_EQ(send("\r\n\r\n\r\n\r\n"), "");
  (void)send(std::string(100, '\0') + "\r\n\r\n");
  (void)send("GET / HTTP/9.9\r\n\r\n");
  // More headers than anybody needs; the other end may close before all is written.
  const int fd = connect();
  const std::string endless = "GET / HTTP/1.1\r\n" + std::string(100'000, 'x');
  (void)::send(fd, endless.data(), endless.size(), MSG_NOSIGNAL);
  ::shutdown(fd, SHUT_WR);
  (void)all_of(fd);
  // A body from somebody who may not ask is not taken.
  const std::string refused = send(request("POST /api/1/query", "Content-Length: 1000000\r\n"));
  EXPECT_EQ(refused.substr(9, 3), "401");
  EXPECT_EQ(send(request("GET /api/1/recordings?token=secret")).substr(9, 3), "200");
}

TEST_F(Running, TwoCannotHaveOnePort) {
  const auto second = Server::listen(api_, {.port = server_->port()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().number, "E095");
  const auto nowhere = Server::listen(api_, {.address = "no such host"});
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().number, "E095");
}

}  // namespace
}  // namespace hone::serve
