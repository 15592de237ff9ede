// Small answers: JSON. For .cc files of this room alone, since it costs their compile time.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/host/result.h"
#include "serve/request.h"

namespace hone::serve {

using Json = nlohmann::ordered_json;

// Recordings hold text of any bytes: what is not UTF-8 is replaced, and nothing throws.
inline std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}
inline Response json_response(const Json& json) {
  return {.body = json_text(json)};
}
// {"error": {"code", "message", "effect", "fixes"}} with the status that fits the code.
Response error_response(const Error& error);
// For what a recording does not hold: {"absent": {"why", "command"}}.
Json absent(std::string_view why, std::string_view command);

}  // namespace hone::serve
