// The program: results on standard output (the same for the same options on the same machine),
// times and the device on standard error.
#include <malloc.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <numeric>

#include "game/game.h"

namespace {

constexpr char kHelp[] =
    "hone-example-game: villages of agents that plan, in a world of rigid bodies\n"
    "\n"
    "  hone-example-game\n"
    "  hone-example-game --entities 1000 --frames 1000 --seed 7 --parallel-physics\n"
    "\n"
    "  --entities N         agents, vehicles, crates and stones        (500)\n"
    "  --frames N           of a sixtieth of a second of the game each (1000)\n"
    "  --seed N             the same seed ends in the same state       (1)\n"
    "  --size WxH           of the picture, in pixels                  (320x180)\n"
    "  --screenshot FILE    the last picture, as PNG\n"
    "  --present            in a window of X11, where there is a display\n"
    "  --vsync on|off       the window waits for the screen            (on)\n"
    "  --no-render          nothing is drawn; culling and batching go on\n"
    "  --validate           Vulkan's validation layer looks on; what it\n"
    "                       says ends in exit status 1\n"
    "  --parallel-physics   physics on a thread of its own; the same state\n"
    "  --pace N             at most so many frames a second; 0: as fast\n"
    "                       as they come                               (0)\n"
    "  -h, --help           this\n";

constexpr int kUsage = 2;

// What a frame gives back the next one takes again: without this the C library returns it to the
// system each time: 2,000 page faults a frame with a software device, 5% of its CPU time.
void keep_freed_memory() {
  constexpr int kBytes = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kBytes);
  mallopt(M_TRIM_THRESHOLD, 8 * kBytes);
  mallopt(M_TOP_PAD, kBytes / 2);
}

void print_results(const game::Options& options, const game::Outcome& outcome) {
  const uint64_t plans = outcome.plans_hit + outcome.plans_missed;
  const double ratio =
      plans > 0 ? static_cast<double>(outcome.plans_hit) / static_cast<double>(plans) : 0;
  std::printf("entities    %u, %" PRIu64 " frames\n", outcome.entities, options.frames);
  std::printf("plans       %" PRIu64 ", %" PRIu64 " from the cache (%.4f); %" PRIu64
              " states expanded, %" PRIu64 " plans refused\n",
              plans, outcome.plans_hit, ratio, outcome.states_expanded, outcome.refused);
  std::printf("events      %" PRIu64 " spawned, %" PRIu64 " delivered, %" PRIu64
              " refused, %" PRIu64 " fled\n",
              outcome.events[0], outcome.events[1], outcome.events[2], outcome.events[3]);
  std::printf("physics     %u rigid bodies, %u characters, %u colliders\n",
              outcome.physics.rigid_bodies, outcome.physics.characters, outcome.physics.colliders);
  std::printf("rendering   %" PRIu64 " instances visible, %" PRIu64 " draw calls, %" PRIu64
              " bytes\n",
              outcome.render.visible, outcome.render.draw_calls, outcome.render.bytes);
  std::printf("checksum    %016" PRIx64 " (seed %" PRIu64 ")\n", outcome.checksum, options.seed);
}

void print_drawing(const game::Options& options, const game::Outcome& outcome) {
  if (!outcome.device.empty()) {
    std::fprintf(stderr, "drawn by %s%s: %u of %" PRIu64 " pixels in the last frame\n",
                 outcome.device.c_str(), outcome.software ? " (software)" : "",
                 outcome.drawn_pixels, options.width * options.height);
  } else if (!outcome.no_device.empty()) {
    std::fprintf(stderr, "nothing was drawn: %s\n", outcome.no_device.c_str());
  }
  if (!outcome.no_window.empty()) {
    std::fprintf(stderr, "no window was shown: %s\n", outcome.no_window.c_str());
  }
  if (options.validate && !outcome.device.empty()) {
    std::fprintf(stderr, "Vulkan's validation layer: %u messages\n", outcome.messages);
  }
}

void print_times(const game::Outcome& outcome) {
  std::vector<double> sorted = outcome.frame_s;
  std::sort(sorted.begin(), sorted.end());
  const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  const auto quantile = [&](size_t percent) {
    return 1e3 * sorted[std::min(sorted.size() * percent / 100, sorted.size() - 1)];
  };
  std::fprintf(stderr,
               "loaded in %.3f s; frames in %.3f s: mean %.3f ms, p50 %.3f, p95 %.3f, p99 %.3f, "
               "max %.3f\n",
               outcome.load_s, sum, 1e3 * sum / static_cast<double>(sorted.size()), quantile(50),
               quantile(95), quantile(99), 1e3 * sorted.back());
}

// Whether all that was asked for was done; where not, why.
bool is_good(const game::Options& options, const game::Outcome& outcome) {
  const bool drawn = !outcome.device.empty();
  if (!options.screenshot.empty() && (!drawn || !outcome.no_screenshot.empty())) {
    std::fprintf(stderr, "error: no screenshot was written to %s: %s\n", options.screenshot.c_str(),
                 drawn ? outcome.no_screenshot.c_str() : "nothing was drawn");
    return false;
  }
  return !options.validate || (drawn && outcome.messages == 0);
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<game::UsageError> error;
  const auto count = static_cast<size_t>(argc > 0 ? argc - 1 : 0);
  const game::Options options = game::parse_options({argv + 1, count}, error);
  if (error) {
    std::fprintf(stderr, "error: %s\n  fix:   %s\n", error->message.c_str(), error->fix.c_str());
    return kUsage;
  }
  if (options.help) {
    std::fputs(kHelp, stdout);
  }
  bool good = true;
  if (!options.help) {
    keep_freed_memory();
    const game::Outcome outcome = game::run_game(options);
    print_results(options, outcome);
    print_times(outcome);
    print_drawing(options, outcome);
    good = is_good(options, outcome);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    std::perror("error: cannot write the results");
    return 1;
  }
  return good ? 0 : 1;
}
