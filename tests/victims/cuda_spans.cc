// A program that marks what it gives to CUDA streams: FRAMES frames of a span "Step" around
// "Step::scale" (100 us) and "Step::sum" (300 us) on one stream, and "Upload" (200 us) on another.
// "activity": it opens CUPTI by itself, too.
#include <hone/cuda.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

void* cuda;

template <class... Values>
int call(const char* name, Values... values) {
  const auto function = reinterpret_cast<int (*)(Values...)>(dlsym(cuda, name));
  return function ? function(values...) : -1;
}

void launch(void* kernel, void* stream, uint64_t ns) {
  void* parameters[] = {&ns};
  call("cuLaunchKernel", kernel, 1u, 1u, 1u, 32u, 1u, 1u, 0u, stream,
       static_cast<void**>(parameters), static_cast<void**>(nullptr));
}

void step(hone::cuda::Device& gpu, void* kernel, void* compute, void* upload) {
  {
    HONE_CUDA_SPAN(gpu, upload, "Upload");
    launch(kernel, upload, 200'000);
  }
  HONE_CUDA_SPAN(gpu, compute, "Step");
  {
    HONE_CUDA_SPAN(gpu, compute, "Step::scale");
    launch(kernel, compute, 100'000);
  }
  HONE_CUDA_VARIABLE(sum)
  HONE_CUDA_BEGIN(gpu, compute, sum, "Step::sum");
  launch(kernel, compute, 300'000);
  HONE_CUDA_END(gpu, sum);
}

}  // namespace

int main(int count, char** words) {
  const int frames = count > 1 ? std::atoi(words[1]) : 1;
  cuda = dlopen("libcuda.so.1", RTLD_LAZY);
  void *context = nullptr, *compute = nullptr, *upload = nullptr, *kernel = nullptr;
  hone::cuda::Activity activity;
  const bool is_asked_for = count > 2 && std::strcmp(words[2], "activity") == 0;
  if (cuda) {
    call("cuInit", 0u);
    if (is_asked_for) activity.open();
    call("cuCtxCreate_v2", &context, 0u, 0);
    call("cuStreamCreate", &compute, 1u);
    call("cuStreamCreate", &upload, 1u);
    call("cuModuleGetFunction", &kernel, static_cast<void*>(nullptr), "_Z4workv");
  }
  hone::cuda::Device gpu;
  if (!gpu.open()) std::printf("device: %s\n", gpu.why());
  if (is_asked_for && activity.why()[0] != '\0') std::printf("activity: %s\n", activity.why());
  gpu.name(compute, "compute");
  gpu.name(upload, "upload");
  for (int i = 0; i < frames && cuda; ++i) {
    HONE_SPAN("submit and wait");
    step(gpu, kernel, compute, upload);
    call("cuStreamSynchronize", compute);
    call("cuStreamSynchronize", upload);
    gpu.collect();
    activity.collect();
    HONE_FRAME();
  }
  std::printf("left out %llu\n", static_cast<unsigned long long>(gpu.left_out()));
  gpu.close();
  activity.close();
}
