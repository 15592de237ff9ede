#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "base/host/file.h"
#include "profile/profile.h"
#include "profile/stack_text.h"
#include "profile/synthetic.h"

namespace hone::profile {
namespace {

struct TemporaryFile {
  std::string path;
  ~TemporaryFile() { unlink(path.c_str()); }
};

TEST(Load, ReadsARecordingFromItsFile) {
  const TemporaryFile file{synthetic_recording({.samples = 3000, .nodes = 500, .functions = 100})};
  ASSERT_NE(file.path, "");
  const auto reader = recording::Reader::open(file.path);
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  const auto p = Profile::load(*reader, {});
  ASSERT_TRUE(p.has_value()) << p.error().message;
  EXPECT_EQ(p->samples().size(), 3000u);
  EXPECT_GE(p->stacks().size(), 501u);
  EXPECT_EQ(p->threads().size(), 9u);
  EXPECT_TRUE(p->symbolised());
  EXPECT_TRUE(p->diagnostics().empty());
  EXPECT_GT(p->file_bytes(), 0u);
  EXPECT_EQ(p->string(p->functions()[1].name),
            "space0::Type::function_0(int, std::vector<double> const&)");
  for (const StackId leaf : p->samples().stack) {
    int depth = 0;
    for (StackId at = leaf; at != StackId::kNone; at = p->stacks().parent[raw(at)]) ++depth;
    ASSERT_EQ(depth, 40);
  }
}

TEST(Load, ACutRecordingLoadsAndSaysSo) {
  const TemporaryFile file{synthetic_recording({.samples = 3000, .nodes = 500, .functions = 100})};
  const auto whole = base::read_file(file.path);
  ASSERT_TRUE(whole.has_value());
  int loaded = 0;
  for (size_t bytes = 64; bytes < whole->size(); bytes += 509) {
    auto reader = recording::Reader::open_bytes({whole->begin(), whole->begin() + bytes});
    if (!reader) continue;
    const auto p = Profile::load(*reader, {});
    ASSERT_TRUE(p.has_value()) << p.error().message;
    ++loaded;
    const bool said = std::any_of(p->diagnostics().begin(), p->diagnostics().end(),
                                  [](const Diagnostic& d) { return d.name == "recording_cut"; });
    EXPECT_TRUE(said) << "cut at " << bytes;
  }
  EXPECT_GT(loaded, 10);
}

}  // namespace
}  // namespace hone::profile
