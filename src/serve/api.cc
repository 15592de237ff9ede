#include "serve/api.h"

#include <fmt/format.h>

#include <exception>

#include "serve/json_answer.h"

namespace hone::serve {
namespace {

// So long a question waits for a recording that is being opened before it says so.
constexpr int64_t kWaitNs = 150'000'000;

Response loading_response(const Error& error) {
  Json json = {{"error",
                {{"code", ""},
                 {"message", "the recording is being opened"},
                 {"effect", "ask again in a moment"},
                 {"fixes", Json::array()}}},
               {"loading", {{"stage", error.message}, {"share", nullptr}}}};
  Response out = json_response(json);
  out.status = 503;
  out.retry_after_s = 1;
  return out;
}

Response not_found(const Request& request) {
  return error_response(
      {.code = Code::NotFound,
       .message = fmt::format("the API has nothing at {} {}", request.method, request.path),
       .effect = "nothing was answered",
       .fixes = {"docs/reference/api.md names what there is"}});
}

}  // namespace

Response Api::answer(const Request& request) const {
  const std::string_view path = request.path;
  if (path.substr(0, kApiRoot.size()) != kApiRoot) return not_found(request);
  for (const Endpoint* endpoint : endpoints()) {
    if (path.substr(kApiRoot.size()) == endpoint->path && request.method == endpoint->method) {
      return answer(*endpoint, request);
    }
  }
  return not_found(request);
}

Response Api::answer(const Endpoint& endpoint, const Request& request) const {
  Call call{.context = context_, .request = request, .a = {}, .b = {}};
  const auto take = [&](std::string_view id, std::shared_ptr<const Opened>& side) -> Result<void> {
    HONE_TRY_ASSIGN(side, context_.recordings->get(id, kWaitNs));
    return {};
  };
  Result<void> sides = {};
  if (endpoint.sides != Sides::kNone) {
    std::string id(request.value("a"));
    if (id.empty()) id = context_.initial_a;
    sides = take(id, call.a);
  }
  if (endpoint.sides == Sides::kAB && sides && !request.value("b").empty()) {
    sides = take(request.value("b"), call.b);
  }
  if (!sides) {
    return sides.error().code == Code::Cancelled ? loading_response(sides.error())
                                                 : error_response(sides.error());
  }
  // What libraries throw, for want of memory most likely, ends one question and not the server.
  try {
    Result<Response> out = endpoint.answer(call);
    return out ? std::move(*out) : error_response(out.error());
  } catch (const std::exception& thrown) {
    return error_response({.code = Code::Internal,
                           .message = fmt::format("{} failed: {}", endpoint.path, thrown.what())});
  }
}

std::string api_reference() {
  std::string out =
      "# The API of `hone view`\n\n"
      "Made by `./dev docs` from the table of endpoints; the pages of `hone view` use nothing "
      "else.\n\n"
      "Version 1, below `/api/1/`. Questions are GET unless they say otherwise, with parameters in "
      "the query string; answers are JSON, or columns where they say so. Times are nanoseconds "
      "since the recording's start, durations nanoseconds, sizes bytes. Keys are only ever added; "
      "a change of meaning makes a version 2.\n\n"
      "Each question carries the cookie that the page got, or `Authorization: Bearer TOKEN` with "
      "the token of the address that `hone view` printed:\n\n"
      "```\nhone view --no-open app.hone &\n"
      "curl -H 'Authorization: Bearer TOKEN' 'http://127.0.0.1:PORT/api/1/recordings'\n```\n\n"
      "Parameters that many take:\n\n"
      "| parameter | meaning |\n|---|---|\n"
      "| `a` | id of the recording; default: the one that `hone view` was given |\n"
      "| `b` | id of another, to compare with |\n"
      "| `t` | `FROM-TO`: what happened between, both inclusive; of `b` the same stretch of its "
      "own |\n"
      "| `threads` | ids of threads, with commas; of `b` those of the same names |\n"
      "| `process`, `thread` | glob on the name, or the number |\n"
      "| `in` | glob on the name of a span: only what its thread did in it |\n"
      "| `kernel` | `0`: time in the kernel counts for what called it |\n\n"
      "Errors have status 400, 404, 422 or 500 and `{\"error\": {\"code\", \"message\", "
      "\"effect\", \"fixes\"}}`; while a recording is being opened it is 503 with `{\"loading\": "
      "{\"stage\", \"share\"}}`. What a recording does not hold is no error: the answer has "
      "`\"absent\": {\"why\", \"command\"}`.\n\n"
      "Columns (`application/vnd.hone.columns`), little-endian: u32 magic `HCL1`, u32 bytes of the "
      "JSON, u64 bytes of the whole; the JSON, padded with blanks to a multiple of 8; the columns, "
      "each from a multiple of 8 on. The JSON has `tables: [{name, rows, columns: [{name, type, "
      "offset}]}]` (offsets from the start of the answer; types u8 u16 u32 i32 f32 f64 u64 i64) "
      "and "
      "what else the endpoint says.\n";
  for (const Endpoint* endpoint : endpoints()) {
    out += fmt::format("\n## {} {}\n\n{}\n\n", endpoint->method, endpoint->path, endpoint->summary);
    if (endpoint->sides != Sides::kNone || endpoint->selects || !endpoint->parameters.empty()) {
      out += "| parameter | meaning |\n|---|---|\n";
      if (endpoint->sides != Sides::kNone) {
        out +=
            endpoint->sides == Sides::kAB ? "| `a`, `b` | recordings |\n" : "| `a` | recording |\n";
      }
      if (endpoint->selects) {
        out += "| `t`, `threads`, `process`, `thread`, `in`, `kernel` | what is selected |\n";
      }
      for (const Parameter& parameter : endpoint->parameters) {
        out += fmt::format("| `{}` | {} |\n", parameter.name, parameter.meaning);
      }
      out += '\n';
    }
    out += fmt::format("{}\n", endpoint->returns);
  }
  return out;
}

}  // namespace hone::serve
