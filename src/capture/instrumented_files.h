// The files of instrumented programs in which no sample was taken: libraries and programs that were
// mapped and hold marked places (hone/hone.h). They are modules of the recording all the same, so
// that what is built in and never ran can be told (`hone report --coverage`).
//
//   if (spans.totals().programs > 0) add_instrumented_files(builder, modules);
#pragma once

#include "recording/builder.h"
#include "stacks/module.h"

namespace hone::capture {

// Modules that have no id yet, and are files that are still held. They get none: nothing refers to
// them. Reads the data of each file. To be called once, when a recording ends; in parts of a
// recording, ids of modules that come later must be the same in each.
void add_instrumented_files(recording::Builder& builder, const stacks::ModuleStore& modules);

}  // namespace hone::capture
