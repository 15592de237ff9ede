/* What the stand-ins of the CUDA driver and of CUPTI say to each other, beside CUDA's own
 * interface. */
#pragma once

#include <stdint.h>

/* Work that a stream was given: from and to when it runs, in ns of CLOCK_MONOTONIC. */
typedef void (*stand_in_listener)(uint32_t kind, const char* name, uint8_t copy, uint32_t stream,
                                  uint64_t start, uint64_t end);
/* Of the driver, which CUPTI looks up. */
void stand_in_listen(stand_in_listener listener);
