/* What CUPTI tells of kernels, copies and fills of CUDA devices, as spans of a GPU: what
 * hone::cuda::Activity (hone/cuda.h) and libhone-cuda.so are made of. Programs include hone/cuda.h.
 *
 * CUPTI is loaded by name and never linked: no header of CUDA is needed, and where there is none,
 * nothing is recorded, and said why. C11 and C++14, with HONE_ENABLE alone. */
#ifndef HONE_CUDA_ACTIVITY_H
#define HONE_CUDA_ACTIVITY_H

#include <stdint.h>

/* How a device's clock is tied to CLOCK_MONOTONIC, beside HONE_GPU_CALIBRATED and its like. */
#define HONE_GPU_FOLLOWED 3u /* compared each second, by an event between two readings of ours */
#define HONE_GPU_BY_CUPTI \
  4u                       /* CUPTI gives times of our clock; how exact they are it does not say */
#define HONE_GPU_CLOCKS 4u /* the last of these */

#ifdef HONE_ENABLE

#include "hone/hone.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How libraries are loaded: dlopen() and dlsym(), which libhone itself does not ask for. */
typedef struct hone_cuda_loader {
  void* (*open)(const char* file, int flags);
  void* (*find)(void* library, const char* name);
} hone_cuda_loader;

/* Starts CUPTI's activity records of this process; once. `library`: a path; null: what HONE_CUPTI
 * says in the environment, else those that are loaded, or found by their usual names. Empty: it is
 * recorded; else why not, in one line that stays. */
HONE_HIDDEN const char* hone_cuda_activity_open(const hone_cuda_loader* loader,
                                                const char* library);
/* Asks CUPTI for what is finished; at the end of a program (`is_end`) for all that there is. */
HONE_HIDDEN void hone_cuda_activity_collect(int is_end);
/* Gives CUPTI back, when it was opened. The device is idle, or what it still does is lost. */
HONE_HIDDEN void hone_cuda_activity_close(void);
/* Records that CUPTI had no room for, and such as have no time or make no sense. */
HONE_HIDDEN uint64_t hone_cuda_activity_left_out(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HONE_ENABLE */
#endif
