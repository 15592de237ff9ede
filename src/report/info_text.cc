#include "report/info_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/names.h"
#include "report/text_table.h"

namespace hone::report {
namespace {

using base::bytes_text;
using base::count_text;

// Decodes only what has texts: a table of numbers may have a hundred million rows.
uint64_t plain_bytes(const recording::Reader& reader, recording::Table table, uint64_t rows) {
  const auto& specs = recording::spec_of(table).columns;
  if (std::none_of(specs.begin(), specs.end(), [](const recording::ColumnSpec& column) {
        return column.type == recording::ColumnType::kBytes;
      })) {
    return rows * specs.size() * sizeof(uint64_t);
  }
  const auto columns = reader.columns(table);
  if (!columns) return 0;
  uint64_t bytes = 0;
  for (const recording::Column& column : columns->columns) {
    bytes += column.numbers.size() * sizeof(uint64_t) + column.heap.size();
  }
  return bytes;
}

std::string ratio_text(const TableInfo& table) {
  if (table.plain_bytes == 0 || table.bytes == 0) return {};
  return fmt::format("{:.1f}x",
                     static_cast<double>(table.plain_bytes) / static_cast<double>(table.bytes));
}

// What a person must know before trusting the file; empty when it is whole.
std::vector<std::string> problems(const recording::Salvage& s) {
  std::vector<std::string> out;
  if (!s.finished) {
    out.push_back(
        "The recording was not finished (its recorder ended early): it holds what was "
        "written until then.");
  }
  if (s.chunks_damaged != 0) {
    out.push_back(fmt::format(
        "{} damaged {} left out, the first at byte {}.", count_text(s.chunks_damaged),
        s.chunks_damaged == 1 ? "chunk was" : "chunks were", count_text(s.first_damage_offset)));
  }
  if (s.bytes_unreadable != 0) {
    out.push_back(bytes_text(s.bytes_unreadable) + " could not be read.");
  }
  if (s.version_newer != 0) {
    out.push_back("A newer Hone wrote it: what this version does not know is left out.");
  }
  return out;
}

void collect_diagnostics(const recording::Reader& reader, RecordingInfo& info) {
  auto& all = info.diagnostics;
  (void)reader.for_each<recording::DiagnosticRow>([&](const recording::DiagnosticRow& row) {
    const auto known = std::find_if(all.begin(), all.end(),
                                    [&](const auto& each) { return each.name == row.name; });
    if (known != all.end()) {
      known->count += row.count;
      return;
    }
    all.push_back({std::string(row.name), std::string(row.detail), row.count, row.severity});
  });
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.severity > b.severity; });
}

std::string diagnostics_text(const RecordingInfo& info, const TextStyle& style) {
  std::string out;
  for (const auto& each : info.diagnostics) {
    const bool is_loss = each.severity >= recording::kDataLoss;
    out += fmt::format("  {} {}\n",
                       is_loss ? paint(style, Ink::kAct, style.unicode ? "▲" : "!")
                               : paint(style, Ink::kDim, style.unicode ? "○" : "-"),
                       wrap_text(style,
                                 fmt::format("{} ({}): {}", terminal_text(each.name),
                                             count_text(each.count), terminal_text(each.detail)),
                                 4));
  }
  return out.empty() ? out : "\n" + out;
}

}  // namespace

RecordingInfo collect_info(const recording::Reader& reader, std::string path) {
  RecordingInfo info{.path = std::move(path), .file_bytes = reader.file_bytes()};
  info.salvage = reader.salvage();
  std::map<std::string, std::pair<TableInfo, recording::Table>> tables;
  for (const recording::ChunkFacts& chunk : reader.chunks()) {
    auto& [table, id] = tables[chunk.table_name];
    id = chunk.table;
    table.name = chunk.table_name;
    table.known = chunk.table != recording::Table::kInvalid;
    table.rows += chunk.row_count;
    table.bytes += chunk.bytes;
    ++table.chunks;
    if (chunk.time_first == TimeNs{} && chunk.time_last == TimeNs{}) continue;
    info.time_first =
        info.has_time ? std::min(info.time_first, chunk.time_first) : chunk.time_first;
    info.time_last = info.has_time ? std::max(info.time_last, chunk.time_last) : chunk.time_last;
    info.has_time = true;
  }
  for (auto& [name, entry] : tables) {
    auto& [table, id] = entry;
    if (table.known) table.plain_bytes = plain_bytes(reader, id, table.rows);
    info.tables.push_back(std::move(table));
  }
  std::stable_sort(info.tables.begin(), info.tables.end(),
                   [](const TableInfo& a, const TableInfo& b) { return a.bytes > b.bytes; });
  collect_diagnostics(reader, info);
  std::map<std::string, std::string> meta;
  // A table that cannot be read leaves `meta` empty; salvage says that something is missing.
  (void)reader.for_each<recording::MetaRow>(
      [&](const recording::MetaRow& row) { meta[std::string(row.key)] = row.value; });
  info.meta.assign(meta.begin(), meta.end());
  return info;
}

std::string info_text(const RecordingInfo& info, const TextStyle& style) {
  std::string out =
      paint(style, Ink::kBold, terminal_text(info.path)) + "\n" + bytes_text(info.file_bytes);
  if (info.has_time) {
    out += std::string(separator(style)) + base::duration_text(info.time_last - info.time_first);
  }
  out +=
      std::string(separator(style)) + (info.salvage.finished ? "finished" : "not finished") + "\n";
  for (const std::string& problem : problems(info.salvage)) {
    out += fmt::format("  {} {}\n", paint(style, Ink::kAct, style.unicode ? "▲" : "!"),
                       wrap_text(style, problem, 4));
  }
  out += "\n";
  TextTable tables({{"table", false},
                    {"rows", true},
                    {"chunks", true, Fit::kDrop, Ink::kDim},
                    {"on disk", true, Fit::kKeep, Ink::kBold},
                    {"packed", true},
                    {"of the file", true, Fit::kDrop, Ink::kDim}});
  for (const TableInfo& table : info.tables) {
    const double share = info.file_bytes == 0 ? 0
                                              : static_cast<double>(table.bytes) /
                                                    static_cast<double>(info.file_bytes);
    tables.add({terminal_text(table.name) + (table.known ? "" : " (not known to this version)"),
                count_text(table.rows), count_text(table.chunks), bytes_text(table.bytes),
                ratio_text(table), base::percent_text(share)});
  }
  out += tables.text(style, 2);
  out += diagnostics_text(info, style);
  if (info.meta.empty()) return out;
  out += "\n";
  size_t widest = 0;
  for (const auto& [key, value] : info.meta) widest = std::max(widest, display_width(key));
  for (const auto& [key, value] : info.meta) {
    const std::string name = terminal_text(key);
    out += "  " + paint(style, Ink::kDim, name);
    out.append(widest - std::min(widest, display_width(name)) + 2, ' ');
    out += terminal_text(value) + "\n";
  }
  return out;
}

std::string info_json(const RecordingInfo& info, std::string_view tool_version) {
  using nlohmann::ordered_json;
  ordered_json tables = ordered_json::array();
  for (const TableInfo& table : info.tables) {
    tables.push_back({{"name", table.name},
                      {"known", table.known},
                      {"row_count", table.rows},
                      {"chunk_count", table.chunks},
                      {"disk_bytes", table.bytes},
                      {"plain_bytes", table.plain_bytes}});
  }
  ordered_json diagnostics = ordered_json::array();
  for (const auto& each : info.diagnostics) {
    diagnostics.push_back({{"name", each.name},
                           {"severity", each.severity},
                           {"count", each.count},
                           {"detail", each.detail}});
  }
  ordered_json meta = ordered_json::object();
  for (const auto& [key, value] : info.meta) meta[key] = value;
  const recording::Salvage& s = info.salvage;
  ordered_json out{
      {"schema", "hone.info/1"},
      {"tool", "hone"},
      {"version", tool_version},
      {"recording", info.path},
      {"file_bytes", info.file_bytes},
      {"time_first_ns", info.has_time ? ordered_json(raw(info.time_first)) : ordered_json()},
      {"time_last_ns", info.has_time ? ordered_json(raw(info.time_last)) : ordered_json()},
      {"finished", s.finished},
      {"chunks_damaged", s.chunks_damaged},
      {"bytes_unreadable", s.bytes_unreadable},
      {"first_damage_offset", s.first_damage_offset},
      {"newer_minor_version", s.version_newer},
      {"tables", std::move(tables)},
      {"diagnostics", std::move(diagnostics)},
      {"meta", std::move(meta)}};
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace hone::report
