// Tables of the HTML report that are not sorted, and small pictures in them. Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace hone::report {

inline constexpr double kSparkWidth = 120, kSparkHeight = 20;

std::string html_duration(int64_t ns);
std::string html_duration(double ns);
// A cell of a number, of words in the program's spelling, and of less important ones. The texts of
// the first are the caller's own; those of the others are escaped here.
std::string html_number_cell(std::string_view text);
std::string html_name_cell(std::string_view text, std::string_view note = {});
std::string html_where_cell(std::string_view text);
// Columns of numbers but for those that `words` names. Reached and scrolled by keyboard.
std::string html_open_table(std::string_view label, std::initializer_list<std::string_view> heads,
                            std::initializer_list<std::string_view> words);
// `rows` more than were shown are told of, with the command that shows all.
std::string html_close_table(size_t rows = 0, size_t shown = 0,
                             std::string_view command = "hone report --spans --top 0");
// Of an SVG of that size; values that are no numbers leave holes.
std::string html_path(const std::vector<double>& points, double least, double most, double width,
                      double height);
// A line as high as a row.
std::string html_spark(const std::vector<double>& points, double least, double most);

}  // namespace hone::report
