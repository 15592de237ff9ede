// The questions and answers that a report carries, packed (web/src/engine/archive.ts reads them).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serve/request.h"

namespace hone::serve {

using Values = std::vector<std::pair<std::string, std::string>>;

// As the pages spell a question: parameters by name, values escaped as encodeURIComponent does.
std::string spelled_question(std::string_view path, Values values);

class ReportArchive {
 public:
  // Keeps the answer when it fits, and says whether it does. `must`: it is kept anyway.
  bool add(const std::string& question, const std::string& body, bool must);
  // `bytes_max` of the packed text.
  explicit ReportArchive(size_t bytes_max) : bytes_max_(bytes_max) {}
  // base64 of gzip.
  std::string text() const;
  size_t packed_bytes() const { return packed_bytes_; }
  size_t bytes_left() const { return packed_bytes_ < bytes_max_ ? bytes_max_ - packed_bytes_ : 0; }

 private:
  struct Entry {
    std::string question, body;
  };
  const size_t bytes_max_;
  size_t packed_bytes_ = 0;  // about: each by itself
  std::vector<Entry> entries_;
};

}  // namespace hone::serve
