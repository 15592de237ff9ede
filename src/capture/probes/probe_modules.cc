#include "capture/probes/probe_modules.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/host/clock.h"
#include "base/host/file.h"
#include "base/host/text.h"
#include "capture/facts.h"
#include "capture/probes/probe_pattern.h"
#include "symbols/module_file.h"

namespace hone::capture {
namespace {

constexpr size_t kMapsBytesMax = size_t{64} << 20;
// A program's loader that says nothing in that time is none.
constexpr int64_t kLoaderNs = 3'000'000'000;

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

// What follows `mark` in each line, up to a blank.
std::vector<std::string> words_after(const std::string& text, std::string_view mark) {
  std::vector<std::string> out;
  for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const size_t begin = at + mark.size();
    out.push_back(text.substr(begin, text.find_first_of(" \n", begin) - begin));
  }
  return out;
}

// The loader that a program names, asked what it would map. It maps the program's libraries, and
// runs none of their code.
std::vector<std::string> libraries_of_program(const std::string& program) {
  auto file = symbols::open_elf(program);
  if (!file) return {};
  const elf::SectionView* named = file->image.section(".interp");
  if (named == nullptr || named->bytes.empty()) return {};
  const auto* text = reinterpret_cast<const char*>(named->bytes.data());
  const std::string loader(text, strnlen(text, named->bytes.size()));
  std::string said;
  const int64_t deadline_ns = raw(base::monotonic_now()) + kLoaderNs;
  if (!run_for_text({loader, "--list", program}, deadline_ns, &said)) return {};
  std::vector<std::string> out = words_after(said, "=> ");
  out.push_back(loader);
  return out;
}

std::vector<std::string> mapped_files(pid_t pid) {
  std::vector<std::string> out;
  const auto text = base::read_file(fmt::format("/proc/{}/maps", pid), kMapsBytesMax);
  if (!text) return out;
  size_t begin = 0;
  while (begin < text->size()) {
    const size_t end = std::min(text->find('\n', begin), text->size());
    const std::string line = text->substr(begin, end - begin);
    begin = end + 1;
    const size_t slash = line.find(" /");
    if (slash == std::string::npos || line.find('x') > slash) continue;
    out.push_back(line.substr(slash + 1));
  }
  return out;
}

std::vector<std::string> known_to_ldconfig() {
  std::string said;
  const int64_t deadline_ns = raw(base::monotonic_now()) + kLoaderNs;
  for (const char* ldconfig : {"/sbin/ldconfig", "/usr/sbin/ldconfig"}) {
    if (::access(ldconfig, X_OK) != 0) continue;
    // Its answer may be longer than what is kept of it: then a library has to be given by path.
    run_for_text({ldconfig, "-p"}, deadline_ns, &said);
    break;
  }
  return words_after(said, "=> ");
}

class ModuleList {
 public:
  // Each file once, whatever it is called.
  void add(const std::string& path, const std::string& name) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    if (seen_.insert({status.st_dev, status.st_ino}).second) list.push_back({path, name});
  }
  std::vector<ProbeModule> list;

 private:
  std::set<std::pair<dev_t, ino_t>> seen_;
};

tl::unexpected<Error> no_module(const std::string& module, const std::vector<std::string>& known) {
  std::vector<std::string> names;
  for (const std::string& path : known) names.push_back(file_name(path));
  std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view near = base::nearest(module, views.data(), views.size());
  Error error{.code = Code::NotFound,
              .message = "--probe: there is no library '" + module + "' in the program",
              .effect = "no program is run",
              .number = "E062"};
  if (!near.empty()) error.fixes.push_back("did you mean '" + std::string(near) + "'?");
  error.fixes.emplace_back("give the path of its file: --probe /usr/lib/libx.so:FUNCTION");
  return tl::unexpected(std::move(error));
}

}  // namespace

Result<std::vector<ProbeModule>> find_probe_modules(const std::string& module,
                                                    const ProbeTarget& target) {
  ModuleList found;
  if (module.empty()) {
    if (!target.program.empty()) found.add(target.program, file_name(target.program));
    for (const pid_t pid : target.pids) {
      const std::string link = fmt::format("/proc/{}/exe", pid);
      std::error_code gone;
      found.add(link, file_name(std::filesystem::read_symlink(link, gone).string()));
    }
    if (found.list.empty()) return no_module("the program itself", {});
    return std::move(found.list);
  }
  if (module.find('/') != std::string::npos) {
    found.add(module, file_name(module));
    for (const pid_t pid : target.pids) {
      found.add(fmt::format("/proc/{}/root{}", pid, module), file_name(module));
    }
    if (found.list.empty()) return no_module(module, {});
    return std::move(found.list);
  }
  std::vector<std::string> known;
  const auto take = [&](const std::string& path, const std::string& root) {
    known.push_back(path);
    if (names_library(module, file_name(path))) found.add(root + path, file_name(path));
  };
  for (const pid_t pid : target.pids) {
    for (const std::string& path : mapped_files(pid)) take(path, fmt::format("/proc/{}/root", pid));
  }
  if (!target.program.empty()) {
    take(target.program, "");
    for (const std::string& path : libraries_of_program(target.program)) take(path, "");
  }
  if (found.list.empty()) {
    // It knows those of other processors, too.
    for (const std::string& path : known_to_ldconfig()) {
      if (names_library(module, file_name(path)) && symbols::open_elf(path)) take(path, "");
    }
  }
  if (found.list.empty()) return no_module(module, known);
  return std::move(found.list);
}

}  // namespace hone::capture
