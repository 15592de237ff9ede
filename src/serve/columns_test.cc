#include "serve/columns.h"

#include <gtest/gtest.h>

#include <cstring>

#include "serve/json_answer.h"

namespace hone::serve {
namespace {

template <class T>
T at(const std::string& body, size_t offset) {
  T value{};
  EXPECT_LE(offset + sizeof(T), body.size());
  std::memcpy(&value, body.data() + offset, sizeof(T));
  return value;
}

TEST(Columns, StandWhereTheHeadSays) {
  ColumnAnswer answer;
  answer.table("nodes", 3);
  answer.column("parent", std::vector<uint32_t>{0, 0, 1});
  answer.column("total", std::vector<double>{1.5, 2.5, 3.5});
  answer.table("flags", 5);
  answer.column("flag", std::vector<uint8_t>{1, 2, 3, 4, 5});
  answer.json()["names"] = {"a", "b\xff", "\xc3\xbc"};  // one is no UTF-8
  const Response response = answer.response();
  EXPECT_EQ(response.type, kColumns);

  const std::string& body = response.body;
  EXPECT_EQ(at<uint32_t>(body, 0), 0x314c4348u);
  const auto json_bytes = at<uint32_t>(body, 4);
  EXPECT_EQ(at<uint64_t>(body, 8), body.size());
  EXPECT_EQ(json_bytes % 8, 0u);
  const Json head = Json::parse(body.substr(16, json_bytes));
  EXPECT_EQ(head["names"][2], "\xc3\xbc");
  EXPECT_EQ(head["tables"].size(), 2u);

  const Json& nodes = head["tables"][0];
  EXPECT_EQ(nodes["rows"], 3);
  const size_t parent = nodes["columns"][0]["offset"], total = nodes["columns"][1]["offset"];
  EXPECT_EQ(parent % 8, 0u);
  EXPECT_EQ(at<uint32_t>(body, parent + 8), 1u);
  EXPECT_EQ(nodes["columns"][1]["type"], "f64");
  EXPECT_EQ(at<double>(body, total + 16), 3.5);
  const size_t flag = head["tables"][1]["columns"][0]["offset"];
  EXPECT_EQ(at<uint8_t>(body, flag + 4), 5);
}

TEST(Columns, MayBeEmpty) {
  ColumnAnswer answer;
  answer.table("none", 0);
  answer.column("x", std::vector<uint32_t>{});
  const Response response = answer.response();
  const Json head = Json::parse(response.body.substr(16, at<uint32_t>(response.body, 4)));
  EXPECT_EQ(head["tables"][0]["rows"], 0);
  EXPECT_EQ(head["tables"][0]["columns"][0]["offset"], response.body.size());
}

}  // namespace
}  // namespace hone::serve
