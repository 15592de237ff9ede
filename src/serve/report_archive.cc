#include "serve/report_archive.h"

#include <zlib.h>

#include <algorithm>

#include "base/host/check.h"
#include "serve/json_answer.h"

namespace hone::serve {
namespace {

constexpr uint32_t kMagic = 0x31414e48;  // "HNA1"

// What JavaScript's encodeURIComponent leaves as it is.
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.!~*'()").find(c) != std::string_view::npos;
}

std::string escaped(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

std::string gzipped(std::string_view bytes, int level) {
  constexpr int kGzip = 16, kMemory = 9;
  z_stream stream{};
  HONE_CHECK(deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + kGzip, kMemory,
                          Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  HONE_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kSigns =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t three = 0;
    for (size_t k = 0; k < 3; ++k) {
      three = three << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += i + k > bytes.size() ? '=' : kSigns[three >> (18 - 6 * k) & 63];
    }
  }
  return out;
}

size_t in_base64(size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

}  // namespace

std::string spelled_question(std::string_view path, Values values) {
  std::sort(values.begin(), values.end());
  std::string out(path);
  char before = '?';
  for (const auto& [name, value] : values) {
    if (value.empty()) continue;
    out += before;
    out += name + "=" + escaped(value);
    before = '&';
  }
  return out;
}

bool ReportArchive::add(const std::string& question, const std::string& body, bool must) {
  constexpr int kQuick = 1;  // somewhat more than it will be: so the budget holds
  const size_t bytes = in_base64(gzipped(body, kQuick).size());
  if (!must && packed_bytes_ + bytes > bytes_max_) return false;
  packed_bytes_ += bytes;
  entries_.push_back({question, body});
  return true;
}

std::string ReportArchive::text() const {
  constexpr int kSmallest = 9;
  Json entries = Json::array();
  size_t offset = 0;
  for (const Entry& entry : entries_) {
    entries.push_back({{"q", entry.question}, {"offset", offset}, {"bytes", entry.body.size()}});
    offset += entry.body.size();
  }
  const std::string head = json_text({{"entries", std::move(entries)}});
  std::string all;
  all.reserve(8 + head.size() + offset);
  const auto head_bytes = static_cast<uint32_t>(head.size());
  all.append(reinterpret_cast<const char*>(&kMagic), sizeof(kMagic));
  all.append(reinterpret_cast<const char*>(&head_bytes), sizeof(head_bytes));
  all += head;
  for (const Entry& entry : entries_) all += entry.body;
  return base64(gzipped(all, kSmallest));
}

}  // namespace hone::serve
