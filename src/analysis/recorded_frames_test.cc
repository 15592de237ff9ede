#include "analysis/recorded_frames.h"

#include <gtest/gtest.h>

#include <string>

#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

uint32_t every(const std::string& settings) {
  auto loaded = profile::Loader::build(
      profile::tables_of_text("@meta spans.settings " + settings + "\nmain 1\n"), nullptr);
  EXPECT_TRUE(loaded);
  return frame_every(*loaded);
}

TEST(RecordedFrames, AsTheSettingsSay) {
  EXPECT_EQ(every("frames=10"), 10u);
  EXPECT_EQ(every("full=block,frames=3,clock=one"), 3u);
  EXPECT_EQ(every("full=block"), 1u);
  // Of a file that is not to be trusted.
  for (const char* text : {"frames=", "frames=0", "frames=x", "frames=99999999999", "frames=3x"}) {
    EXPECT_EQ(every(text), 1u) << text;
  }
}

}  // namespace
}  // namespace hone::analysis
