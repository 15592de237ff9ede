#include "capture/control.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace hone::capture {
namespace {

class ControlTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/hone-control-XXXXXX";
    folder_ = ::mkdtemp(name);
    ::setenv("XDG_RUNTIME_DIR", folder_.c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("XDG_RUNTIME_DIR");
    std::filesystem::remove_all(folder_);
  }
  static base::UniqueFd client(const Control& control) {
    base::UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, control.path().c_str());
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  static void send(const base::UniqueFd& fd, std::string_view text) {
    (void)::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  // All that there is to take, with an answer to each that wants one.
  static std::vector<Order> take(Control& control) {
    std::vector<Order> orders;
    for (int i = 0; i < 20; ++i) {
      control.receive([&](const Order& order) { orders.push_back(order); });
    }
    return orders;
  }
  static std::string read(const base::UniqueFd& fd) {
    char bytes[4096];
    const ssize_t n = ::read(fd.get(), bytes, sizeof bytes);
    return n > 0 ? std::string(bytes, static_cast<size_t>(n)) : "";
  }
  std::string folder_;
};

TEST(OrderVerb, IsOneOfFiveWords) {
  EXPECT_EQ(order_verb("start"), Order::Verb::kStart);
  EXPECT_EQ(order_verb(" stop \r"), Order::Verb::kStop);
  EXPECT_EQ(order_verb("snapshot"), Order::Verb::kSnapshot);
  for (const char* line : {"", " ", "START", "stopp", "start now", "sta\0rt"}) {
    EXPECT_FALSE(order_verb(line)) << line;
  }
}

TEST(JsonText, EscapesWhatHasToBe) {
  EXPECT_EQ(json_text("a\"b\\c\n\xff"), "\"a\\\"b\\\\c\\u000a\\u00ff\"");
}

TEST_F(ControlTest, TakesOrdersAndAnswers) {
  auto control = Control::open();
  ASSERT_TRUE(control) << control.error().message;
  struct stat status = {};
  ASSERT_EQ(::stat((folder_ + "/hone").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  const base::UniqueFd one = client(*control);
  send(one, "start\nstatus\nsto");
  auto orders = take(*control);
  ASSERT_EQ(orders.size(), 2u);
  control->answer(orders[0], R"({"ok":true})");
  EXPECT_EQ(read(one), "{\"ok\":true}\n");
  send(one, "p\n");
  orders = take(*control);
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].verb, Order::Verb::kStop);
  send(one, "dance\n");
  EXPECT_TRUE(take(*control).empty());
  EXPECT_NE(read(one).find("\"ok\":false"), std::string::npos);
  const std::string path = control->path();
  { Control gone = std::move(*control); }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST_F(ControlTest, LinesWithoutEndAndClientsWithoutNumber) {
  auto control = Control::open();
  ASSERT_TRUE(control);
  std::vector<base::UniqueFd> all;
  for (int i = 0; i < 60; ++i) {
    all.push_back(client(*control));
    send(all.back(), std::string(5000, 'x'));
    EXPECT_TRUE(take(*control).empty());
  }
  // Never reads its answers.
  const base::UniqueFd deaf = client(*control);
  for (int i = 0; i < 50; ++i) {
    send(deaf, "status\nstatus\nstatus\n");
    for (const Order& order : take(*control)) control->answer(order, std::string(8000, 'y'));
  }
  const base::UniqueFd good = client(*control);
  send(good, "status\n");
  EXPECT_EQ(take(*control).size(), 1u);
}

TEST_F(ControlTest, TheProgramMayPauseAndNoMore) {
  auto control = Control::open();
  ASSERT_TRUE(control);
  const auto fd = control->program_descriptor();
  ASSERT_TRUE(fd) << fd.error().message;
  EXPECT_GE(*fd, 64);
  const std::string text = "stop\nfinish\nsnapshot\nrubbish\nstart\n";
  ASSERT_EQ(::write(*fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  const auto orders = take(*control);
  ASSERT_EQ(orders.size(), 2u);
  EXPECT_EQ(orders[0].verb, Order::Verb::kStop);
  EXPECT_EQ(orders[1].verb, Order::Verb::kStart);
  EXPECT_EQ(orders[0].from, 0u);
}

// A write when nobody reads any more is an error at most: no signal, and nobody waits.
TEST_F(ControlTest, TheProgramOutlivesUs) {
  int kept = -1;
  {
    auto control = Control::open();
    ASSERT_TRUE(control);
    kept = ::dup(*control->program_descriptor());
  }
  for (int i = 0; i < 100'000; ++i) (void)!::write(kept, "stop\n", 5);
  ::close(kept);
}

TEST_F(ControlTest, AFolderThatIsOpenToOthersIsNotUsed) {
  const std::string folder = folder_ + "/hone";
  ASSERT_EQ(::mkdir(folder.c_str(), 0755), 0);
  ::chmod(folder.c_str(), 0755);
  const auto control = Control::open();
  if (control) {
    EXPECT_FALSE(control->path().starts_with(folder_));
  }
}

TEST_F(ControlTest, LeftoversAreRemoved) {
  ASSERT_EQ(::mkdir((folder_ + "/hone").c_str(), 0700), 0);
  const std::string old = folder_ + "/hone/999999999.sock";
  { base::UniqueFd fd{::open(old.c_str(), O_CREAT | O_RDWR, 0600)}; }
  const auto control = Control::open();
  ASSERT_TRUE(control);
  EXPECT_NE(::access(old.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace hone::capture
