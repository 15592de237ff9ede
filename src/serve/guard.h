// Who may ask the server. It listens where every program of the machine, and every page that a
// browser shows, can reach it; so a question must show the token, must be meant for this server by
// name (a page of the web may point a name of its own at 127.0.0.1: "DNS rebinding"), and must come
// from its own pages.
//
// Pure functions of what stands in the request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hone::serve {

struct Guarded {
  std::string token;  // 32 hexadecimal digits
  uint16_t port = 0;
  std::string listen_address;  // "127.0.0.1"; of another host's, its names are not known
};

// What of a request matters here; empty where there is no such header.
struct Credentials {
  std::string_view host, origin, cookie, authorization, fetch_site;
  std::string_view token;  // of the query string
};

enum class Verdict : uint8_t {
  kTrusted,
  kUnknownHost,    // meant for somebody else
  kForeignOrigin,  // asked by somebody else's page
  kNoToken,
};

Verdict judge(const Guarded& guarded, const Credentials& shown);

// The cookie's name has the port: cookies are shared by all ports of a host, and two servers may
// run.
std::string cookie_name(const Guarded& guarded);
// 128 bits of the kernel's randomness, as text.
std::string make_token();
// 127.0.0.1, ::1, localhost
bool is_loopback(std::string_view address);

}  // namespace hone::serve
