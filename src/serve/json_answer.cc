#include "serve/json_answer.h"

namespace hone::serve {
namespace {

int status_of(Code code) {
  switch (code) {
    case Code::InvalidArgument:
      return 400;
    case Code::NotFound:
      return 404;
    case Code::Permission:
      return 403;
    case Code::Unsupported:
    case Code::Truncated:
    case Code::Corrupt:
    case Code::LimitExceeded:
      return 422;
    case Code::Cancelled:
      return 409;
    case Code::Io:
    case Code::Internal:
      return 500;
  }
  return 500;
}

}  // namespace

Response error_response(const Error& error) {
  Json fixes = Json::array();
  for (const std::string& fix : error.fixes) fixes.push_back(fix);
  Json said = {{"code", error.number}, {"message", error.message}, {"effect", error.effect}};
  said["fixes"] = std::move(fixes);
  if (error.offset != Error::kNoOffset) said["offset"] = error.offset;
  Response out = json_response({{"error", std::move(said)}});
  out.status = status_of(error.code);
  return out;
}

Json absent(std::string_view why, std::string_view command) {
  return {{"why", why}, {"command", command}};
}

}  // namespace hone::serve
