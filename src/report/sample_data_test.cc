#include "report/sample_data_test.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <fstream>
#include <iterator>
#include <random>

namespace hone::report {
namespace {

using analysis::CallNode;
using analysis::CallTree;

std::string_view kept(std::string_view text) {
  static std::deque<std::string> texts;
  return texts.emplace_back(text);
}

uint32_t child(CallTree& tree, uint32_t parent, std::string_view frame) {
  const bool inlined = frame.starts_with("[i]");
  if (inlined) frame.remove_prefix(3);
  const size_t at = frame.rfind('@');
  const std::string_view name = frame.substr(0, at);
  const std::string_view module = at == frame.npos ? "memory_graph" : frame.substr(at + 1);
  uint32_t last = 0;
  for (uint32_t c = tree.nodes[parent].first_child; c != 0; c = tree.nodes[c].next_sibling) {
    if (tree.nodes[c].name == name && tree.nodes[c].module == module) return c;
    last = c;
  }
  const auto added = static_cast<uint32_t>(tree.nodes.size());
  CallNode node;
  node.parent = parent;
  node.depth = tree.nodes[parent].depth + 1;
  node.function = FunctionId{added};
  node.name = kept(name);
  node.broken = name == "[broken stacks]";
  node.module = node.broken ? "" : kept(module);
  node.inlined = inlined;
  node.kernel = module == "[kernel]";
  tree.nodes.push_back(node);
  (last != 0 ? tree.nodes[last].next_sibling : tree.nodes[parent].first_child) = added;
  return added;
}

void add_samples(CallTree& tree, uint32_t at, uint64_t samples) {
  const auto ns = static_cast<int64_t>(samples) * 1'000'000;
  tree.nodes[at].self_ns += ns;
  tree.nodes[at].self_samples += samples;
  for (;;) {
    tree.nodes[at].total_ns += ns;
    tree.nodes[at].total_samples += samples;
    if (at == 0) break;
    at = tree.nodes[at].parent;
  }
}

void sort_children(CallTree& tree) {
  for (CallNode& node : tree.nodes) {
    std::vector<uint32_t> children;
    for (uint32_t c = node.first_child; c != 0; c = tree.nodes[c].next_sibling)
      children.push_back(c);
    std::stable_sort(children.begin(), children.end(), [&](uint32_t a, uint32_t b) {
      return tree.nodes[a].total_ns > tree.nodes[b].total_ns;
    });
    for (size_t i = 0; i < children.size(); ++i) {
      tree.nodes[children[i]].next_sibling = i + 1 < children.size() ? children[i + 1] : 0;
    }
    node.first_child = children.empty() ? 0 : children[0];
  }
  tree.cpu_ns = tree.nodes[0].total_ns;
  tree.sample_count = tree.nodes[0].total_samples;
}

// The same stacks as tests/ui/report_check.py expects.
std::string sample_stacks() {
  std::ifstream file(HONE_TEST_DATA "/ui/memory_graph.stacks");
  return {std::istreambuf_iterator<char>(file), {}};
}

analysis::Share share(int64_t ns, int64_t all, double side) {
  const double value = static_cast<double>(ns) / static_cast<double>(all);
  return {value, std::max(0.0, value - side), std::min(1.0, value + side)};
}

// Functions of the tree by self time; totals counted once a stack.
analysis::HotSpots spots_of(const CallTree& tree) {
  analysis::HotSpots spots{.cpu_ns = tree.cpu_ns, .sample_count = tree.sample_count};
  const auto row_of = [&](const CallNode& node) -> analysis::HotSpot& {
    for (analysis::HotSpot& row : spots.rows) {
      if (row.name == node.name && row.module == node.module) return row;
    }
    return spots.rows.emplace_back(
        analysis::HotSpot{.name = std::string(node.name), .module = std::string(node.module)});
  };
  for (size_t i = 1; i < tree.nodes.size(); ++i) {
    const CallNode& node = tree.nodes[i];
    analysis::HotSpot& row = row_of(node);
    row.self_ns += node.self_ns;
    row.self_samples += node.self_samples;
    row.total_ns += node.total_ns;
    row.total_samples += node.total_samples;
    if (row.module == "memory_graph" && row.name.starts_with("memory::")) {
      row.file = row.name.find("similarity") != row.name.npos ? "/build/memory_graph/similarity.cc"
                                                              : "/build/memory_graph/graph.cc";
      row.line = static_cast<uint32_t>(20 + row.name.size() * 3);
    }
  }
  for (analysis::HotSpot& row : spots.rows) {
    row.self = share(row.self_ns, spots.cpu_ns, row.self_ns == 0 ? 0 : 0.012);
    row.total = share(row.total_ns, spots.cpu_ns, 0.014);
  }
  std::stable_sort(spots.rows.begin(), spots.rows.end(),
                   [](const auto& a, const auto& b) { return a.self_ns > b.self_ns; });
  return spots;
}

HotSpotTable table_of(const CallTree& tree) {
  HotSpotTable table{.by = analysis::GroupBy::kFunction};
  table.spots = spots_of(tree);
  auto& rows = table.spots.rows;
  while (!rows.empty() && rows.back().self_ns == 0) {
    rows.pop_back();
    ++table.rows_hidden;
  }
  return table;
}

HotSpotTable named_table(analysis::GroupBy by, int64_t all,
                         std::vector<std::pair<std::string, int64_t>> rows) {
  HotSpotTable table{.by = by};
  table.spots.cpu_ns = all;
  table.spots.sample_count = static_cast<uint64_t>(all / 1'000'000);
  for (auto& [name, self_ns] : rows) {
    analysis::HotSpot row{.name = name, .self_ns = self_ns, .total_ns = self_ns};
    row.self = row.total = share(self_ns, all, 0.01);
    row.self_samples = row.total_samples = static_cast<uint64_t>(self_ns / 1'000'000);
    if (by == analysis::GroupBy::kLine) {
      row.file = name.substr(0, name.rfind(':'));
      row.line = static_cast<uint32_t>(std::stoul(name.substr(name.rfind(':') + 1)));
      row.module = "memory_graph";
    }
    table.spots.rows.push_back(row);
  }
  return table;
}

void add_code(ReportData& data, int64_t all) {
  const std::string file = "/build/memory_graph/similarity.cc";
  analysis::Annotation a{.function = "memory::similarity::dot_avx2",
                         .module = "memory_graph",
                         .file = file,
                         .line = 31};
  a.start = 0x12a40;
  a.bytes = 96;
  a.self_ns = a.total_ns = 1'160'000'000;
  a.self_samples = a.total_samples = 1160;
  a.cpu_ns = all;
  a.lines = {{file, 34, 40'000'000, 40, 40'000'000, 40},
             {file, 36, 310'000'000, 310, 310'000'000, 310},
             {file, 37, 742'000'000, 742, 742'000'000, 742},
             {file, 58, 68'000'000, 68, 68'000'000, 68},
             {"/usr/include/immintrin.h", 912, 12'000'000, 12, 12'000'000, 12}};
  a.instructions = {{0x12a40, "c5f857c0", "vxorps xmm0, xmm0, xmm0", 33, file, 0, 0},
                    {0x12a44, "31c0", "xor eax, eax", 35, file, 40'000'000, 40},
                    {0x12a46, "c5fc100c87", "vmovups ymm1, ymmword ptr [rdi + 4*rax]", 36, file,
                     310'000'000, 310},
                    {0x12a4b, "c4e275b80486", "vfmadd231ps ymm0, ymm1, ymmword ptr [rsi + 4*rax]",
                     37, file, 742'000'000, 742},
                    {0x12a51, "4883c008", "add rax, 8", 35, file, 12'000'000, 12},
                    {0x12a55, "4839d0", "cmp rax, rdx", 35, file, 0, 0},
                    {0x12a58, "72ec", "jb 0x12a46", 35, file, 68'000'000, 68}};
  data.annotations.push_back(a);
  analysis::Annotation b{.function = "_int_malloc", .module = "libc.so.6"};
  b.self_ns = b.total_ns = 210'000'000;
  b.cpu_ns = all;
  b.no_code_reason = "the recording keeps code of the 32 hottest functions";
  data.annotations.push_back(b);
}

void add_findings(ReportData& data) {
  data.findings = {
      {.kind = analysis::FindingKind::kDominatingFunction,
       .id = "dominating-function",
       .severity = 3,
       .sentence =
           "memory::similarity::dot_avx2 takes 31.8% of CPU time by itself (30.4% to 33.2%)",
       .next_step = "see its lines: `hone annotate memory::similarity::dot_avx2`",
       .how =
           "Self time with inlined calls; a function dominates from 20% on, and when it has twice "
           "the time of the next.",
       .evidence = {{"self_share", "0.318"},
                    {"self_share_low", "0.304"},
                    {"self_share_high", "0.332"}},
       .gain_share = 0.318},
      {.kind = analysis::FindingKind::kSingleBusyThread,
       .id = "single-busy-thread",
       .severity = 2,
       .sentence = "One thread does all the work: 0.99 of 8 CPUs were busy",
       .next_step = "the queries are independent of each other: share them out to threads",
       .how = "CPU time by wall time; the busiest thread has 99.6% of CPU time.",
       .evidence = {{"busy_cpus", "0.99"}, {"cpu_count", "8"}},
       .gain_share = 0.3},
      {.kind = analysis::FindingKind::kMissingSymbols,
       .id = "missing-symbols",
       .severity = 1,
       .sentence = "libm.so.6 has no debug symbols, so that 9.7% of CPU time has names of exported "
                   "functions only",
       .next_step = "sudo apt install libc6-dbg, or set DEBUGINFOD_URLS",
       .evidence = {{"share", "0.097"}}}};
}

}  // namespace

CallTree tree_of(std::string_view text) {
  CallTree tree;
  tree.nodes.resize(1);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (line.starts_with(' ')) line.remove_prefix(1);
    const size_t blank = line.rfind(' ');
    if (blank == line.npos) continue;
    uint64_t samples = 0;
    std::from_chars(line.data() + blank + 1, line.data() + line.size(), samples);
    line = line.substr(0, blank);
    uint32_t at = 0;
    for (;;) {
      const size_t semicolon = std::min(line.find(';'), line.size());
      at = child(tree, at, line.substr(0, semicolon));
      if (semicolon == line.size()) break;
      line.remove_prefix(semicolon + 1);
    }
    add_samples(tree, at, samples);
  }
  sort_children(tree);
  return tree;
}

std::vector<SourceFile> sample_sources() {
  const std::string file = "/build/memory_graph/similarity.cc";
  SourceFile source{.file = file};
  source.lines.assign(60, "");
  source.lines[29] = "// Eight at a time; the tail is padded when the vector is stored.";
  source.lines[30] = "float dot_avx2(const float* a, const float* b, size_t n) {";
  source.lines[31] = "  __m256 sum = _mm256_setzero_ps();";
  source.lines[33] = "  for (size_t i = 0; i < n; i += 8) {";
  source.lines[34] = "    // Unaligned loads cost nothing here.";
  source.lines[35] = "    const __m256 x = _mm256_loadu_ps(a + i);";
  source.lines[36] = "    sum = _mm256_fmadd_ps(x, _mm256_loadu_ps(b + i), sum);";
  source.lines[37] = "  }";
  source.lines[38] = "  return horizontal_sum(sum);";
  source.lines[39] = "}";
  source.lines[57] = "  return _mm_cvtss_f32(_mm_hadd_ps(pairs, pairs));";
  return {std::move(source),
          {.file = "/usr/include/immintrin.h", .tried = {"/usr/include/immintrin.h"}}};
}

ReportData sample_report() {
  ReportData data{.tool_version = "0.1.0", .recording = "memory_graph.hone"};
  data.flame = tree_of(sample_stacks());
  data.tree = data.flame;
  const int64_t all = data.flame.cpu_ns;
  analysis::Summary& s = data.summary;
  s.command = "./memory_graph --nodes 10000 --edges 50000 --queries 1000 --seed 7";
  s.started = "2026-03-04 10:15:02 UTC";
  s.host = "workstation";
  s.cpu_model = "AMD Ryzen 7 5800X";
  s.kernel = "Linux 6.1.0-28-amd64";
  s.os = "Debian GNU/Linux 12";
  s.wall_ns = 3'689'000'000;
  s.cpu_ns = 3'661'000'000;
  s.unsampled_ns = 9'000'000;
  s.cpu_count = 8;
  s.busy_cpus = 0.99;
  s.sample_count = data.flame.sample_count;
  s.sampler = "perf (cpu-clock, 997 Hz, every CPU)";
  s.frequency_hz = 997;
  s.kernel_side = true;
  s.recorder_cpu_ns = 41'000'000;
  s.overhead_share = 0.026;
  s.stacks.complete = s.sample_count - 33;
  s.stacks.broken = 33;
  s.stacks.broken_by_reason = {{"the stack snapshot ended", 24}, {"no unwind table", 9}};
  s.facts = {{"Command", s.command},
             {"Working folder", "/build/memory_graph"},
             {"Host", s.host},
             {"CPU", "AMD Ryzen 7 5800X, 8 cores, 16 threads"},
             {"Memory", "34.2 GB"},
             {"Kernel", s.kernel},
             {"System", s.os},
             {"Governor", "schedutil"},
             {"Git commit", "3f1c2ab, with changes"}};
  add_findings(data);
  data.tables.push_back(table_of(data.flame));
  data.tables.push_back(named_table(analysis::GroupBy::kLine, all,
                                    {{"/build/memory_graph/similarity.cc:37", 742'000'000},
                                     {"/build/memory_graph/similarity.cc:36", 310'000'000},
                                     {"/build/memory_graph/graph.cc:118", 240'000'000}}));
  data.tables.push_back(named_table(analysis::GroupBy::kModule, all,
                                    {{"/build/memory_graph/memory_graph", 2'600'000'000},
                                     {"/usr/lib/x86_64-linux-gnu/libm.so.6", 355'000'000},
                                     {"/usr/lib/x86_64-linux-gnu/libc.so.6", 328'000'000},
                                     {"[kernel]", 225'000'000}}));
  data.tables.push_back(named_table(analysis::GroupBy::kThread, all,
                                    {{"memory_graph", all - 3'000'000}, {"log", 3'000'000}}));
  data.diagnostics = {{.name = "stack_broken.stack_end",
                       .detail = "the stack snapshot was full: --stack-bytes 65528 keeps more",
                       .severity = 2,
                       .count = 24}};
  add_code(data, all);
  return data;
}

ReportData hostile_report() {
  ReportData data = sample_report();
  const std::string markup = "</script><script>document.title='pwned'</script>";
  const std::string image = "<img src=x onerror=\"document.title='pwned'\">";
  const std::string escapes =
      "\x1b[31mred\x1b]0;title\x07 \xff\xfe \xe2\x80\xaereversed ]]> --> \x01";
  data.summary.command = markup + escapes + image;
  data.summary.facts.push_back({image, markup});
  data.recording = image;
  data.findings[0].sentence = markup + " `" + image + "` " + escapes;
  data.findings[0].next_step = "`unclosed " + image;
  data.findings[0].evidence.push_back({markup, image});
  for (analysis::HotSpot& row : data.tables[0].spots.rows) {
    row.name += markup + "\"' onclick=x" + escapes;
    row.module += image;
    row.file = "/tmp/" + image + ".cc";
  }
  data.diagnostics[0].detail = markup;
  data.annotations[0].function = markup + image;
  data.annotations[0].instructions[0].text = image;
  data.flame =
      tree_of("main" + markup + ";" + image + " 30\nmain" + markup + ";" + escapes + " 12");
  data.tree = data.flame;
  return data;
}

CallTree large_tree(size_t nodes) {
  std::mt19937 random(7);
  CallTree tree;
  tree.nodes.resize(1);
  while (tree.nodes.size() < nodes) {
    uint32_t at = 0;
    const size_t depth = 10 + random() % 60;
    for (size_t d = 0; d < depth; ++d) {
      // Few ways near the root, more further out; low numbers are taken more often.
      const uint32_t ways = d < 6 ? 1 : 2 + static_cast<uint32_t>(d % 4);
      const auto way = static_cast<uint32_t>(std::min(random() % ways, random() % ways));
      const std::string name = "engine::stage" + std::to_string(d % 17) + "::step" +
                               std::to_string(way + d * 3 % 29) + "<std::vector<int> >(int, long)";
      at = child(tree, at, name + "@" + (d % 9 == 8 ? "libphysics.so.2" : "game"));
    }
    add_samples(tree, at, 1 + random() % 4);
  }
  sort_children(tree);
  return tree;
}

}  // namespace hone::report
