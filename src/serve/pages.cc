#include "serve/pages.h"

namespace hone::serve {

const Page* find_page(std::string_view path) {
  for (const Page& page : pages()) {
    if (page.path == path) return &page;
  }
  return nullptr;
}

}  // namespace hone::serve
