// The API: takes a question apart, finds who answers it, and makes answers of errors too.
//
//   Api api(context);
//   Response response = api.answer(parse_target("/api/1/recordings"));
//
// Thread-safe; nothing throws.
#pragma once

#include "serve/endpoint.h"

namespace hone::serve {

inline constexpr std::string_view kApiRoot = "/api/1/";

class Api {
 public:
  // `context` must outlive it.
  explicit Api(Context& context) : context_(context) {}
  Response answer(const Request& request) const;

 private:
  Response answer(const Endpoint& endpoint, const Request& request) const;
  Context& context_;
};

// docs/reference/api.md
std::string api_reference();

}  // namespace hone::serve
