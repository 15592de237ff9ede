#include "query/advice.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "base/host/text.h"
#include "query/schema.h"

namespace hone::query {
namespace {

constexpr size_t kExcerptBytes = 90;

// What follows `words` in the message: "no such table: a.spnas" -> "a.spnas".
std::optional<std::string_view> after(std::string_view message, std::string_view words) {
  if (message.substr(0, words.size()) != words) return std::nullopt;
  return message.substr(words.size());
}

// What others call a column, and what it is called here, where the spelling leads elsewhere.
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"time", "ts"},        {"timestamp", "ts"},     {"start", "ts"},       {"duration", "dur"},
    {"self", "self_time"}, {"total", "total_time"}, {"stack_id", "stack"}, {"thread_id", "thread"},
};

std::string_view other_name(std::string_view word, const std::vector<std::string_view>& known) {
  for (const auto& [theirs, ours] : kOtherNames) {
    if (word == theirs && std::find(known.begin(), known.end(), ours) != known.end()) return ours;
  }
  return {};
}

std::string_view last_part(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

void offer(Error& error, std::string_view word, const std::vector<std::string_view>& known,
           std::string_view all) {
  std::string_view near = other_name(word, known);
  if (near.empty()) near = base::nearest(word, known.data(), known.size());
  if (!near.empty()) error.message += ". Did you mean " + std::string(near) + "?";
  error.fixes.emplace_back(all);
}

// Where `word` stands as a word of its own and in no text.
size_t find_word(std::string_view sql, std::string_view word) {
  const auto is_part = [&](size_t at) {
    return at < sql.size() &&
           (std::isalnum(static_cast<unsigned char>(sql[at])) != 0 || sql[at] == '_');
  };
  bool in_text = false;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'') in_text = !in_text;
    if (in_text || sql.substr(i, word.size()) != word) continue;
    if ((i > 0 && is_part(i - 1)) || is_part(i + word.size())) continue;
    return i;
  }
  return std::string_view::npos;
}

// Where a character begins, at or before `at`.
size_t character_start(std::string_view text, size_t at) {
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

// One line, cut to what fits around the place, and the mark below it.
std::string excerpt_of(std::string_view sql, size_t offset) {
  offset = std::min(offset, sql.size());
  const size_t before = sql.substr(0, offset).rfind('\n');
  size_t begin = before == std::string_view::npos ? 0 : before + 1;
  size_t end = std::min(sql.find('\n', offset), sql.size());
  std::string_view lead, trail;
  if (end - begin > kExcerptBytes) {
    if (offset - begin > kExcerptBytes / 2) {
      begin = character_start(sql, offset - kExcerptBytes / 2);
      lead = "...";
    }
    if (end - begin > kExcerptBytes) {
      end = character_start(sql, begin + kExcerptBytes);
      trail = "...";
    }
  }
  while (lead.empty() && begin < offset && (sql[begin] == ' ' || sql[begin] == '\t')) ++begin;
  std::string line(lead);
  for (const char c : sql.substr(begin, end - begin)) line += c == '\t' ? ' ' : c;
  size_t column = lead.size();
  for (size_t i = begin; i < offset; ++i) {
    column += (static_cast<unsigned char>(sql[i]) & 0xc0) != 0x80 ? 1 : 0;
  }
  return line + std::string(trail) + '\n' + std::string(column, ' ') + '^';
}

}  // namespace

void advise(Error& error, std::string_view sql, const std::vector<std::string>& recordings) {
  const std::string message = error.message;
  std::vector<std::string_view> known;
  std::optional<std::string_view> name;
  if ((name = after(message, "no such table: "))) {
    for (const SchemaTable& table : schema_tables()) known.push_back(table.name);
    for (const std::string& recording : recordings) known.push_back(recording);
    offer(error, last_part(*name), known, "hone query --schema   (lists the tables)");
  } else if ((name = after(message, "no such column: "))) {
    // Of the tables that are asked, if any is known: others may well have it.
    const auto add = [&](bool asked) {
      for (const SchemaTable& table : schema_tables()) {
        if (asked && find_word(sql, table.name) == std::string_view::npos) continue;
        for (const SchemaColumn& column : table.columns) known.push_back(column.name);
      }
    };
    add(true);
    if (known.empty()) add(false);
    offer(error, last_part(*name), known,
          "hone query --schema TABLE   (its columns; text is in 'single quotes')");
  } else if ((name = after(message, "no such function: "))) {
    for (const SchemaFunction& function : schema_functions()) {
      known.push_back(function.signature.substr(0, function.signature.find('(')));
    }
    offer(error, *name, known, "hone query --schema   (lists the functions)");
  }
  // Of a table SQLite does not say where it stands.
  if (error.offset == Error::kNoOffset && name) {
    const size_t at = find_word(sql, *name);
    if (at != std::string_view::npos) error.offset = at;
  }
  if (error.offset != Error::kNoOffset) error.excerpt = excerpt_of(sql, error.offset);
}

}  // namespace hone::query
