#include "exchange/v8_function.h"

namespace hone::exchange {

int64_t whole_number(JsonScan& at) {
  std::string_view raw;
  int64_t out = 0;
  if (at.number(raw)) (void)decimal(raw, 1, out);
  return out;
}

bool V8Function::take(std::string_view key, JsonScan& at) {
  if (key == "functionName") {
    at.text(name);
  } else if (key == "url") {
    at.text(url);
  } else if (key == "lineNumber") {
    line = whole_number(at);
  } else {
    return false;
  }
  return true;
}

FrameId V8Function::code(Intake& to, std::string& name_room, std::string& url_room) const {
  return V8Function{.name = plain(name, name_room), .url = plain(url, url_room), .line = line}
      .plain_code(to);
}

FrameId V8Function::plain_code(Intake& to) const {
  return to.code(name.empty() ? "(anonymous)" : name, url, url,
                 line >= 0 && line < UINT32_MAX ? static_cast<uint32_t>(line + 1) : 0);
}

}  // namespace hone::exchange
