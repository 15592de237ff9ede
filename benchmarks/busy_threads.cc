// N threads that are always busy, in stacks as a real program has them: some dozens of functions
// call each other down a tree whose branches are of very different weight, so that a few stacks are
// met again and again and new ones never end. busy_threads THREADS SECONDS
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kFunctions = 64;
constexpr int kDepthMax = 40;

using Function = uint64_t (*)(uint64_t state, int depth);
template <int N>
[[gnu::noinline]] uint64_t step(uint64_t state, int depth);

template <int... N>
constexpr auto all_steps(std::integer_sequence<int, N...>) {
  struct Table {
    Function of[sizeof...(N)];
  };
  return Table{{&step<N>...}};
}
const auto kSteps = all_steps(std::make_integer_sequence<int, kFunctions>());

// Each function nearly always calls the same one, one time in 16 another, one in 256 any of all: a
// new node of a stack every second or third sample, as python3 has them; a compiler has more.
template <int N>
uint64_t step(uint64_t state, int depth) {
  for (int i = 0; i < 40 + N; ++i) state = state * 6364136223846793005u + 1442695040888963407u;
  if (depth >= kDepthMax || (state >> 60) == 0) return state;
  const uint64_t choice = state >> 40;
  const uint64_t next = (choice & 255) != 0 ? (N * 2 + ((choice >> 8 & 15) == 0)) % kFunctions
                                            : (choice >> 12) % kFunctions;
  return kSteps.of[next](state, depth + 1) + static_cast<uint64_t>(N);
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 8;
  const double seconds = argc > 2 ? std::atof(argv[2]) : 10;
  const auto until = Clock::now() + std::chrono::duration<double>(seconds);
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t) {
    all.emplace_back([t, until] {
      uint64_t state = static_cast<uint64_t>(t) + 1;
      while (Clock::now() < until) {
        for (int i = 0; i < 1000; ++i) state = step<0>(state, 0);
      }
      volatile uint64_t result = state;
      (void)result;
    });
  }
  for (std::thread& thread : all) thread.join();
  return 0;
}
