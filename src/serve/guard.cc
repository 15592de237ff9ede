#include "serve/guard.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>

#include "base/host/check.h"
#include "base/host/text.h"

namespace hone::serve {
namespace {

// Without saying by its time where the two differ.
bool is_same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char differ = 0;
  for (size_t i = 0; i < a.size(); ++i) differ |= static_cast<unsigned char>(a[i] ^ b[i]);
  return differ == 0;
}

// "127.0.0.1:8080" without its port; false when it is another one than ours.
bool take_port(std::string_view& host, uint16_t port) {
  const size_t colon = host.rfind(':');
  const std::string ending = fmt::format(":{}", port);
  if (colon == host.npos || host.substr(colon) != ending) return port == 80 && colon == host.npos;
  host.remove_suffix(ending.size());
  return true;
}

// Digits and dots, or an IPv6 address in brackets: no name, so that nobody's name server has a say.
bool is_number_address(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return host.find_first_not_of("0123456789abcdefABCDEF:.", 1) == host.size() - 1;
  }
  return !host.empty() && host.find_first_not_of("0123456789.") == host.npos;
}

bool is_ours(const Guarded& guarded, std::string_view host) {
  if (!take_port(host, guarded.port)) return false;
  if (host == "127.0.0.1" || host == "localhost" || host == "[::1]") return true;
  if (is_loopback(guarded.listen_address)) return false;
  return host == guarded.listen_address || is_number_address(host);
}

std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    std::string_view one = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(cookies.size(), one.size() + 1));
    one.remove_prefix(std::min(one.size(), one.find_first_not_of(' ')));
    if (one.size() > name.size() && one.substr(0, name.size()) == name && one[name.size()] == '=') {
      return one.substr(name.size() + 1);
    }
  }
  return {};
}

bool has_token(const Guarded& guarded, const Credentials& shown) {
  constexpr std::string_view kBearer = "Bearer ";
  if (is_same(shown.token, guarded.token)) return true;
  if (is_same(cookie_value(shown.cookie, cookie_name(guarded)), guarded.token)) return true;
  return shown.authorization.substr(0, kBearer.size()) == kBearer &&
         is_same(shown.authorization.substr(kBearer.size()), guarded.token);
}

}  // namespace

Verdict judge(const Guarded& guarded, const Credentials& shown) {
  if (!is_ours(guarded, shown.host)) return Verdict::kUnknownHost;
  if (!shown.origin.empty() && shown.origin != fmt::format("http://{}", shown.host)) {
    return Verdict::kForeignOrigin;
  }
  // Somebody else's page may lead here by a link, which is how the address with the token is
  // opened from a chat; it may not ask in the background, for which it has no token either.
  if (!has_token(guarded, shown)) {
    return shown.fetch_site == "cross-site" ? Verdict::kForeignOrigin : Verdict::kNoToken;
  }
  return Verdict::kTrusted;
}

std::string cookie_name(const Guarded& guarded) {
  return fmt::format("hone-{}", guarded.port);
}

std::string make_token() {
  std::array<uint8_t, 16> bytes{};
  HONE_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return base::hex_text(bytes);
}

bool is_loopback(std::string_view address) {
  return address == "localhost" || address == "::1" || address.substr(0, 4) == "127.";
}

}  // namespace hone::serve
