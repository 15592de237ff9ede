// The program: results on standard output (the same for the same options, anywhere), the times of
// the phases on standard error.
#include <cinttypes>
#include <cstdio>

#include "memory_graph/workload.h"

namespace {

constexpr char kHelp[] =
    "hone-example-memory_graph: an in-memory graph of memories, built and then questioned\n"
    "\n"
    "  hone-example-memory_graph\n"
    "  hone-example-memory_graph --nodes 1000 --edges 5000 --queries 100 --seed 7\n"
    "\n"
    "  --nodes N     memories, each with a 768-dimension embedding  (10000)\n"
    "  --edges N     associations between them                      (50000)\n"
    "  --queries N   similarity queries, spreading activations and\n"
    "                decay calculations, so many of each            (1000)\n"
    "  --seed N      the same seed gives the same results           (1)\n"
    "  -h, --help    this\n";

constexpr int kUsage = 2;

void print_results(const memory_graph::Options& options, const memory_graph::Outcome& outcome) {
  const memory_graph::Counts& c = outcome.counts;
  std::printf("nodes       %" PRIu64 "\n", c.nodes);
  std::printf("edges       %" PRIu64 "\n", c.edges);
  std::printf("words       %" PRIu64 ", %" PRIu64 " different\n", c.words, c.vocabulary);
  std::printf("index       %" PRIu64 " lists\n", c.lists);
  std::printf("similarity  %" PRIu64 " queries, %" PRIu64 " vectors compared\n",
              c.similarity_queries, c.vectors_compared);
  std::printf("activation  %" PRIu64 " spreadings, %" PRIu64 " transfers, %" PRIu64
              " memories reached\n",
              c.activations, c.transfers, c.memories_activated);
  std::printf("decay       %" PRIu64 " calculations, %" PRIu64
              " strengths; at the end %u vivid, %u fading, %u forgotten\n",
              c.decays, c.strengths, outcome.last_decay.vivid, outcome.last_decay.fading,
              outcome.last_decay.forgotten);
  std::printf("recalled    %" PRIu64 " memories, %" PRIu64 " associations strengthened\n",
              c.recalled, c.strengthened);
  std::printf("checksum    %016" PRIx64 " (seed %" PRIu64 ")\n", outcome.checksum, options.seed);
}

void print_times(const memory_graph::Timings& t) {
  std::fprintf(stderr,
               "build %.3f s, similarity %.3f s, activation %.3f s, decay %.3f s, "
               "bookkeeping %.3f s\n",
               t.build_s, t.similarity_s, t.activation_s, t.decay_s, t.bookkeeping_s);
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<memory_graph::UsageError> error;
  const auto count = static_cast<size_t>(argc > 0 ? argc - 1 : 0);
  const memory_graph::Options options = memory_graph::parse_options({argv + 1, count}, error);
  if (error) {
    std::fprintf(stderr, "error: %s\n  fix:   %s\n", error->message.c_str(), error->fix.c_str());
    return kUsage;
  }
  if (options.help) {
    std::fputs(kHelp, stdout);
  } else {
    const memory_graph::Outcome outcome = memory_graph::run_workload(options);
    print_results(options, outcome);
    print_times(outcome.timings);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    std::perror("error: cannot write the results");
    return 1;
  }
  return 0;
}
