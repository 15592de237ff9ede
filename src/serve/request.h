// What is asked of the API and what it answers, apart from how either travels: the server
// (server.h) speaks HTTP, a report file carries answers with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hone::serve {

struct Request {
  std::string method = "GET";
  std::string path;                                         // "/api/1/functions", decoded
  std::vector<std::pair<std::string, std::string>> values;  // of the query string, decoded
  std::string body;

  // The value of that name; empty when it is not there.
  std::string_view value(std::string_view name) const;
  bool has(std::string_view name) const;
};

// From "/api/1/functions?a=game&limit=20". Escapes (%41, +) are decoded; one that is broken stays
// as it stands, and is then of no use to whoever wrote it.
Request parse_target(std::string_view target);

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  // The same question has the same answer as long as the server runs.
  bool immutable = false;
  int retry_after_s = 0;  // 0: nothing is said
};

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kColumns = "application/vnd.hone.columns";

}  // namespace hone::serve
