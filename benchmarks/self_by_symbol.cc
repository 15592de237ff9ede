// self-by-symbol RECORDING: samples by the function that the innermost address lies in, inlined
// calls added to the function that they were inlined into, as perf has it. The report of Hone gives
// inlined calls rows of their own, so this is what self_time compares.
//
// A line each: samples, 1 for the kernel's side, module, function; separated by tabs.
#include <cstdio>
#include <string_view>
#include <vector>

#include "profile/profile.h"

int main(int argc, char** argv) {
  using namespace hone;
  if (argc != 2) {
    std::fprintf(stderr, "usage: self-by-symbol RECORDING\n");
    return 2;
  }
  const auto reader = recording::Reader::open(argv[1]);
  if (!reader) {
    std::fprintf(stderr, "self-by-symbol: %s\n", reader.error().message.c_str());
    return 1;
  }
  const auto profile = profile::Profile::load(*reader, {});
  if (!profile) {
    std::fprintf(stderr, "self-by-symbol: %s\n", profile.error().message.c_str());
    return 1;
  }
  std::vector<uint64_t> samples(profile->functions().size());
  for (const StackId stack : profile->samples().stack) {
    if (stack == StackId::kNone) continue;
    const FrameId frame = profile->stacks().frame[raw(stack)];
    const uint32_t outermost = profile->frames().first_line[raw(frame) + 1] - 1;
    ++samples[raw(profile->lines().function[outermost])];
  }
  for (size_t i = 0; i < samples.size(); ++i) {
    if (samples[i] == 0) continue;
    const profile::Function& function = profile->functions()[i];
    const std::string_view module = profile->module_name(function.module);
    const std::string_view name = profile->string(function.name);
    std::printf("%llu\t%d\t%.*s\t%.*s\n", static_cast<unsigned long long>(samples[i]),
                profile->in_kernel(function.module) ? 1 : 0, static_cast<int>(module.size()),
                module.data(), static_cast<int>(name.size()), name.data());
  }
  return 0;
}
