#include "capture/truncated_files.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

namespace hone::capture {
namespace {

TEST(TruncatedFiles, ReadAsZeros) {
  char name[] = "/tmp/hone-truncated-XXXXXX";
  const int fd = ::mkstemp(name);
  ::unlink(name);
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const std::string content(4 * page, 'x');
  ASSERT_EQ(::write(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
  const auto* bytes = static_cast<const volatile char*>(
      ::mmap(nullptr, content.size(), PROT_READ, MAP_PRIVATE, fd, 0));
  ASSERT_EQ(bytes[3 * page], 'x');
  survive_truncated_files();
  ASSERT_EQ(::ftruncate(fd, static_cast<off_t>(page)), 0);
  EXPECT_EQ(bytes[0], 'x');
  EXPECT_EQ(bytes[2 * page], '\0');
  EXPECT_EQ(bytes[4 * page - 1], '\0');
  ::munmap(const_cast<char*>(bytes), content.size());
  ::close(fd);
}

}  // namespace
}  // namespace hone::capture
