// The renderings of the table of commands agree with it and with each other.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/errors.h"
#include "cli/help.h"
#include "cli/settings.h"

namespace hone::cli {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string unescaped_roff(std::string text) {
  for (size_t at; (at = text.find("\\-")) != std::string::npos;) text.replace(at, 2, "-");
  return text;
}

// The part of a text that is about one command.
std::string section(const std::string& text, const std::string& begin, const std::string& next) {
  const size_t from = text.find(begin);
  if (from == std::string::npos) return {};
  const size_t to = text.find(next, from + begin.size());
  return text.substr(from, to == std::string::npos ? to : to - from);
}

TEST(Tables, EveryRenderingHasEveryFlagOfEveryCommand) {
  const std::string markdown = reference_markdown();
  const std::string man = unescaped_roff(man_page());
  const std::string bash = *completion_script("bash");
  const std::string zsh = *completion_script("zsh");
  const std::string fish = *completion_script("fish");
  for (const Command* command : commands()) {
    const std::string name(command->name);
    const std::string help = command_help(*command);
    const std::string in_markdown = section(markdown, "## hone " + name + "\n", "\n## ");
    const std::string in_man = section(man, ".SS \"hone " + name, "\n.SS ");
    const std::string in_bash = section(bash, "\n  " + name + ")\n", "    ;;\n");
    const std::string in_zsh = section(zsh, "\n  " + name + ")\n", "    ;;\n");
    EXPECT_TRUE(has(overview_help(), "\n  " + name + " ")) << name;
    EXPECT_TRUE(has(in_markdown, command->usage)) << name;
    for (const Flag& flag : command->flags) {
      const std::string dashed = "--" + std::string(flag.name);
      SCOPED_TRACE(name + " " + dashed);
      EXPECT_TRUE(has(help, dashed));
      EXPECT_TRUE(has(in_markdown, dashed));
      EXPECT_TRUE(has(in_man, dashed));
      EXPECT_TRUE(has(in_bash, dashed));
      EXPECT_TRUE(has(in_zsh, "'" + dashed + "["));
      EXPECT_TRUE(
          has(fish, "__fish_seen_subcommand_from " + name + "' -l " + std::string(flag.name)));
    }
  }
}

// The other way round: nothing stands in a completion script that the table does not have.
TEST(Tables, CompletionOffersNothingElse) {
  const std::string bash = *completion_script("bash");
  for (const Command* command : commands()) {
    std::set<std::string> known = {"--help"};
    for (const Flag& flag : command->flags) {
      known.insert("--" + std::string(flag.name));
      if (flag.letter != 0) known.insert(std::string("-") + flag.letter);
    }
    const std::string part = section(bash, "\n  " + std::string(command->name) + ")\n", "    ;;\n");
    const std::string flags = section(part, "$cur == -*", "-- ");
    std::istringstream words(section(flags, "\"", "\" ").substr(1));
    size_t count = 0;
    for (std::string word; words >> word; ++count) EXPECT_TRUE(known.count(word)) << word;
    EXPECT_EQ(count, known.size()) << command->name;
  }
}

TEST(Tables, FlagsAreWellFormed) {
  for (const Command* command : commands()) {
    ASSERT_NE(command->run, nullptr);
    EXPECT_FALSE(command->examples.empty()) << command->name;
    for (const Example& example : command->examples) {
      EXPECT_TRUE(has(example.line, "hone " + std::string(command->name))) << example.line;
    }
    std::set<std::string_view> names = {"help"};
    std::set<char> letters = {'h'};
    for (const Flag& flag : command->flags) {
      EXPECT_TRUE(names.insert(flag.name).second) << command->name << " --" << flag.name;
      if (flag.letter != 0) {
        EXPECT_TRUE(letters.insert(flag.letter).second) << flag.letter;
      }
      EXPECT_FALSE(flag.help.empty()) << flag.name;
      EXPECT_NE(flag.help.back(), '.') << flag.name;
      EXPECT_EQ(flag.argument.empty(), std::holds_alternative<bool Options::*>(flag.target))
          << flag.name;
    }
  }
}

TEST(Tables, EverySettingHasItsFlag) {
  for (const Setting& setting : settings()) {
    const std::vector<Flag>& flags = setting.command().flags;
    EXPECT_TRUE(std::any_of(flags.begin(), flags.end(), [&](const Flag& flag) {
      return flag.name == setting.flag;
    })) << setting.key;
    EXPECT_TRUE(has(*topic_help("environment"), setting.environment));
    EXPECT_TRUE(has(*topic_help("formats"), setting.key));
  }
}

// Every error number in the code is one that `hone help E...` explains, and the other way round.
TEST(Tables, EveryErrorNumberIsExplained) {
  std::set<std::string> in_code;
  const std::filesystem::path source = std::filesystem::path(HONE_TEST_DATA).parent_path() / "src";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source)) {
    const std::string path = entry.path().string();
    if (entry.path().extension() != ".cc" || has(path, "_test.cc") || has(path, "cli/errors.cc")) {
      continue;
    }
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (size_t at = 0; (at = text.find("\"E0", at)) != std::string::npos; ++at) {
      if (at + 5 < text.size() && text[at + 5] == '"') in_code.insert(text.substr(at + 1, 4));
    }
  }
  EXPECT_GE(in_code.size(), 10u);
  for (const std::string& number : in_code) {
    EXPECT_NE(find_error_topic(number), nullptr) << number << " is not in cli/errors.cc";
    EXPECT_TRUE(topic_help(number).has_value()) << number;
  }
  for (const ErrorTopic& topic : error_topics()) {
    EXPECT_TRUE(in_code.count(std::string(topic.number))) << topic.number << " is never given";
    EXPECT_FALSE(topic.title.empty() || topic.what.empty()) << topic.number;
    EXPECT_FALSE(topic.effect.empty() || topic.fix.empty()) << topic.number;
    for (const char* part : {"\n  what    ", "\n  effect  ", "\n  fix     ", "\n  exit    "}) {
      EXPECT_TRUE(has(*topic_help(topic.number), part)) << topic.number << part;
    }
  }
}

TEST(Tables, TheReferencePageIsThisOne) {
  const std::string path = std::string(HONE_TEST_DATA) + "/../docs/reference/cli.md";
  if (std::getenv("HONE_UPDATE_DOCS") != nullptr) std::ofstream(path) << reference_markdown();
  std::ifstream file(path);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(page, reference_markdown()) << "run ./dev docs";
}

TEST(Tables, HelpFitsATerminal) {
  std::vector<std::string> texts = {overview_help()};
  for (const Command* command : commands()) texts.push_back(command_help(*command));
  for (const HelpTopic& topic : help_topics()) texts.push_back(topic.text());
  for (const ErrorTopic& topic : error_topics()) texts.push_back(error_topic_text(topic));
  for (const std::string& text : texts) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 100u) << line;
      EXPECT_FALSE(!line.empty() && line.back() == ' ') << line;
    }
  }
}

}  // namespace
}  // namespace hone::cli
