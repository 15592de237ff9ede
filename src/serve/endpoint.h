// One table says which questions the API answers: the router, the reference page and the tests are
// made from it.
//
//   const Endpoint kFunctions = {.path = "functions", .sides = Sides::kAB, .summary = "...",
//                                .parameters = {...}, .returns = "...", .answer = &functions};
//
// A handler is a function of what it is given: it may run on several threads at once.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "analysis/selection.h"
#include "base/host/result.h"
#include "report/source.h"
#include "serve/cache.h"
#include "serve/library.h"
#include "serve/request.h"

namespace hone::serve {

// What all handlers share.
struct Context {
  using FindSource = report::SourceFile (*)(const void* files, std::string_view file);

  Library* recordings = nullptr;
  Cache* cache = nullptr;
  std::string tool_version;
  analysis::Selection rules;         // subsystems and plots of hone.toml; everything else is empty
  int64_t budget_ns = 16'666'667;    // of a frame
  FindSource find_source = nullptr;  // null: no source text is shown
  const void* source_files = nullptr;  // its first argument
  std::string (*doctor)() = nullptr;   // what `hone doctor --json` says; null: it is not asked
  std::string upload_folder;           // where POST recordings puts files; empty: it takes none
  std::string initial_a, initial_b;    // ids that the pages begin with; may be empty
};

// One question, with what it is about.
struct Call {
  Context& context;
  const Request& request;
  std::shared_ptr<const Opened> a, b;  // null where the endpoint has no such side or none was named

  // A number in [least, most], `otherwise` when it was not given. Errors: InvalidArgument.
  Result<int64_t> number(std::string_view name, int64_t otherwise, int64_t least,
                         int64_t most) const;
  // One of `choices`, the first when it was not given. Errors: InvalidArgument, with the choices.
  Result<std::string_view> choice(std::string_view name,
                                  std::span<const std::string_view> choices) const;
  // What t, threads, process, thread, in and kernel select of one of the sides.
  Result<analysis::Selection> selection(const Opened& side) const;
  // The two recordings and what is selected of them: a key for the cache, with what else matters
  // behind it.
  std::string cache_key(std::string_view of_what) const;
  // The answer that `make` gives, kept: for endpoints that look at all of a recording.
  template <class Make>
  Result<Response> kept(std::string_view of_what, Make&& make) const {
    HONE_TRY_ASSIGN(
        const std::shared_ptr<const Response> out,
        context.cache->kept<Response>(cache_key(of_what), make, [](const Response& response) {
          return response.body.size();
        }));
    return *out;
  }
};

enum class Sides : uint8_t { kNone, kA, kAB };

struct Parameter {
  std::string_view name;
  std::string_view meaning;
};

struct Endpoint {
  std::string_view path;  // below /api/1/
  std::string_view method = "GET";
  Sides sides = Sides::kNone;
  bool selects = false;  // it takes the parameters of the selection
  std::string_view summary;
  std::vector<Parameter> parameters;
  std::string_view returns;  // Markdown
  Result<Response> (*answer)(const Call&) = nullptr;
};

// All of them, in the order of the reference page.
std::span<const Endpoint* const> endpoints();

}  // namespace hone::serve
