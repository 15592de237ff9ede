// Work on pieces of a file, by several threads. Private to the room.
#pragma once

#include <cstddef>

#include "base/host/function_ref.h"
#include "base/host/result.h"

namespace hone::recording {

// Calls work(i, worker) for each i below `count`, on up to `threads` threads; `worker`, below
// `threads`, is another one on each of them. Gives the error of the first place in the file, so
// that the same file gives the same one.
Result<void> side_by_side(size_t count, unsigned threads,
                          base::FunctionRef<Result<void>(size_t i, unsigned worker)> work);

}  // namespace hone::recording
