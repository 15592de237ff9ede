#include <algorithm>

#include "serve/endpoints.h"
#include "serve/json_answer.h"

namespace hone::serve {
namespace {

// Pages whose data nothing records yet: what they are for, and what comes nearest today.
struct Explained {
  std::string_view name, title, about, why, command;
};
constexpr Explained kExplained[] = {
    {"memory", "Memory",
     "Live bytes over time, what is held at the peak, what is not freed at the end, what lives "
     "shortly.",
     "This version records no allocations of malloc. Pools that a program marks (HONE_ALLOC, "
     "HONE_FREE) are on the timeline; resident memory is there too, from the counters.",
     "hone record -- ./app && hone report --pools --counters"},
    {"benchmarks", "Benchmarks",
     "Repeated measurements with their intervals: improved, regressed, no change, inconclusive.",
     "This recording is one run, and holds no benchmark. Two recordings can be compared on every "
     "page: choose B above.",
     "hone view before.hone after.hone"},
    {"causal", "Causal",
     "What a faster piece of code would be worth, found by slowing all others down.",
     "This version makes no such experiments. What stands on the longest path can be seen on the "
     "flame graph with the weight Wall.",
     "hone record -- ./app"},
    {"scale", "Scale",
     "Throughput by number of threads or by size of the work, with a fitted curve.",
     "This recording is one run of one size. Record several and compare them in pairs.",
     "hone record -o two.hone -- ./app --threads 2"},
    {"live", "Live", "What a running program does now.",
     "These pages show finished recordings. A running program is shown in the terminal; attach to "
     "record it.",
     "hone top -p PID"},
};

Result<Response> page(const Call& call) {
  const std::string_view name = call.request.value("name");
  const auto* found = std::find_if(std::begin(kExplained), std::end(kExplained),
                                   [&](const Explained& one) { return one.name == name; });
  if (found == std::end(kExplained)) {
    return fail(Code::NotFound, "name: memory, benchmarks, causal, scale or live");
  }
  return json_response({{"title", found->title},
                        {"about", found->about},
                        {"absent", absent(found->why, found->command)}});
}

}  // namespace

const Endpoint kPage = {
    .path = "page",
    .sides = Sides::kA,
    .summary = "What a page without data is for, and the command that comes nearest.",
    .parameters = {{"name", "`memory`, `benchmarks`, `causal`, `scale` or `live`"}},
    .returns = "`{title, about, absent: {why, command}}`",
    .answer = &page};

}  // namespace hone::serve
