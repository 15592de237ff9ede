// The spans of a recording, one a line: "cpu|gpu START END DEPTH NAME", in ns.
#include <cstdio>
#include <string>
#include <vector>

#include "recording/reader.h"

using namespace hone;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto reader = recording::Reader::open(argv[1]);
  if (!reader) return 5;
  std::vector<std::string> texts(1);
  std::vector<StringId> sites(1);
  const auto put = [&](const char* kind, TimeNs start, TimeNs end, unsigned depth, SiteId site) {
    const size_t name = raw(site) < sites.size() ? raw(sites[raw(site)]) : 0;
    std::printf("%s %lld %lld %u %s\n", kind, static_cast<long long>(raw(start)),
                static_cast<long long>(raw(end)), depth,
                name < texts.size() ? texts[name].c_str() : "");
  };
  using namespace recording;
  const bool read =
      reader->for_each<StringRow>([&](const StringRow& r) { texts.emplace_back(r.text); }) &&
      reader->for_each<SiteRow>([&](const SiteRow& r) { sites.push_back(r.name); }) &&
      reader->for_each<SpanRow>([&](const SpanRow& r) {
        put("cpu", TimeNs{raw(r.end) - raw(r.duration)}, r.end, r.depth, r.site);
      }) &&
      reader->for_each<GpuSpanRow>(
          [&](const GpuSpanRow& r) { put("gpu", r.start, r.end, r.depth, r.site); });
  return read ? 0 : 5;
}
