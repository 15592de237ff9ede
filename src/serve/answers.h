// What the server answers to one request of HTTP, without the network: who may ask, pages, the API,
// the headers that keep browsers from doing harm.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serve/api.h"
#include "serve/guard.h"

namespace hone::serve {

// Views hold as long as the request does.
struct Asked {
  std::string_view method, target;
  std::string_view host, origin, cookie, authorization, fetch_site;  // headers
  std::string_view if_none_match, accept_encoding;
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

bool may_ask(const Guarded& guarded, const Asked& asked);
Answer answer_http(const Api& api, const Guarded& guarded, const Asked& asked, std::string body);

}  // namespace hone::serve
