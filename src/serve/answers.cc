#include "serve/answers.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "serve/pages.h"

namespace hone::serve {
namespace {

// Scripts and styles come from this server alone, and nothing else is fetched. Styles that scripts
// set are permitted: the editor of the SQL page makes its own.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: "
    "blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Credentials credentials_of(const Asked& asked, std::string_view token) {
  return {.host = asked.host,
          .origin = asked.origin,
          .cookie = asked.cookie,
          .authorization = asked.authorization,
          .fetch_site = asked.fetch_site,
          .token = token};
}

Answer plain(int status, std::string text) {
  Answer out{.status = status, .headers = {}, .body = std::move(text) + "\n"};
  out.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  return out;
}

Answer refusal(Verdict verdict) {
  switch (verdict) {
    case Verdict::kUnknownHost:
      return plain(421,
                   "This server answers at the address that `hone view` printed, and at no "
                   "other name.");
    case Verdict::kForeignOrigin:
      return plain(403, "Another site's page may not ask this server.");
    default:
      break;
  }
  return plain(401,
               "This server wants its token: open the address that `hone view` printed, which "
               "ends in ?token=...");
}

Answer page_answer(const Page& page, const Asked& asked) {
  Answer out;
  out.headers.emplace_back("Content-Type", std::string(page.type));
  // Names of built files change with what is in them; the page that names them has one name.
  const bool is_named_by_content = page.path.substr(0, 8) == "/assets/";
  out.headers.emplace_back(
      "Cache-Control", is_named_by_content ? "public, max-age=31536000, immutable" : "no-cache");
  if (asked.accept_encoding.find("gzip") != asked.accept_encoding.npos) {
    out.headers.emplace_back("Content-Encoding", "gzip");
    out.body = page.bytes;
  } else {
    out.body = unpacked(page);
  }
  return out;
}

Answer api_answer(const Api& api, const Request& request, const Asked& asked) {
  Response response = api.answer(request);
  Answer out{.status = response.status, .headers = {}, .body = std::move(response.body)};
  out.headers.emplace_back("Content-Type", response.type);
  if (response.retry_after_s > 0) {
    out.headers.emplace_back("Retry-After", std::to_string(response.retry_after_s));
  }
  if (!response.immutable || out.status != 200) {
    out.headers.emplace_back("Cache-Control", "no-store");
    return out;
  }
  const std::string tag = fmt::format("\"{:016x}\"", XXH3_64bits(out.body.data(), out.body.size()));
  // A file of the same name may hold another recording when the server is started again, so a
  // browser asks whether what it has is still right.
  out.headers.emplace_back("Cache-Control", "private, no-cache");
  out.headers.emplace_back("ETag", tag);
  if (asked.if_none_match == tag) {
    out.status = 304;
    out.body.clear();
  }
  return out;
}

}  // namespace

bool may_ask(const Guarded& guarded, const Asked& asked) {
  const Request request = parse_target(asked.target);
  return judge(guarded, credentials_of(asked, request.value("token"))) == Verdict::kTrusted;
}

Answer answer_http(const Api& api, const Guarded& guarded, const Asked& asked, std::string body) {
  Request request = parse_target(asked.target);
  const std::string_view token = request.value("token");
  const Verdict verdict = judge(guarded, credentials_of(asked, token));
  const bool reads = asked.method == "GET" || asked.method == "HEAD";
  Answer out;
  if (verdict != Verdict::kTrusted) {
    out = refusal(verdict);
  } else if (std::string_view(request.path).substr(0, kApiRoot.size()) == kApiRoot) {
    request.method = asked.method == "HEAD" ? "GET" : std::string(asked.method);
    request.body = std::move(body);
    out = api_answer(api, request, asked);
  } else if (!reads) {
    out = plain(405, "Pages are read, and nothing else.");
  } else if (const Page* page = find_page(request.path == "/" ? "/index.html" : request.path)) {
    out = page_answer(*page, asked);
  } else {
    out = plain(404, "There is no such page.");
  }
  if (verdict == Verdict::kTrusted && !token.empty()) {
    out.headers.emplace_back("Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict",
                                                       cookie_name(guarded), guarded.token));
  }
  out.headers.emplace_back("Content-Security-Policy", std::string(kPolicy));
  out.headers.emplace_back("X-Content-Type-Options", "nosniff");
  out.headers.emplace_back("Referrer-Policy", "no-referrer");
  out.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  out.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  return out;
}

}  // namespace hone::serve
