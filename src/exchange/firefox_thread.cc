// The tables of one thread in Firefox Profiler's format.
#include <fmt/format.h>

#include "exchange/firefox_parts.h"
#include "exchange/text.h"

namespace hone::exchange::firefox {
namespace {

void append_number(std::string& column, int64_t value) {
  if (!column.empty()) column += ',';
  column += std::to_string(value);
}

void append_null(std::string& column) {
  column += column.empty() ? "null" : ",null";
}

void put_column(Output& out, std::string_view name, std::string_view values) {
  out.put('"');
  out.put(name);
  out.put("\":[");
  out.put(values);
  out.put("],");
}

// As many as there are rows.
void put_same(Output& out, std::string_view name, std::string_view value, size_t count) {
  std::string values;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) values += ',';
    values += value;
  }
  put_column(out, name, values);
}

void put_length(Output& out, size_t length) {
  out.put("\"length\":");
  out.put_unsigned(length);
  out.put('}');
}

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02X}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace

void append_milliseconds(std::string& out, int64_t ns) {
  const bool is_negative = ns < 0;
  const uint64_t rest = is_negative ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  out += fmt::format("{}{}.{:06}", is_negative ? "-" : "", rest / 1'000'000, rest % 1'000'000);
}

uint32_t Libraries::number_of(ModuleId module) {
  uint32_t& number = numbers_[raw(module)];
  if (number == 0) {
    modules_.push_back(module);
    number = static_cast<uint32_t>(modules_.size());
  }
  return number - 1;
}

void Libraries::write(Output& out) const {
  for (size_t i = 0; i < modules_.size(); ++i) {
    const profile::Module& module = profile_.modules()[raw(modules_[i])];
    const std::string name = json_text(profile_.module_name(modules_[i]));
    const std::string path = json_text(profile_.string(module.path));
    const std::string id = module.build_id.empty() ? "null" : json_text(hex_of(module.build_id));
    // A breakpad id is an id's first 16 bytes and an age, which we do not make up.
    out.put(
        fmt::format("{}{{\"arch\":\"\",\"name\":{},\"path\":{},\"debugName\":{},\"debugPath\":{},"
                    "\"breakpadId\":\"\",\"codeId\":{}}}",
                    i > 0 ? ",\n" : "\n", name, path, name, path, id));
  }
}

uint32_t ThreadTables::text(std::string_view words) {
  const auto [at, is_new] =
      texts_.try_emplace(std::string(words), static_cast<uint32_t>(texts_.size()));
  if (is_new) texts_in_order_.push_back(&at->first);
  return at->second;
}

Category ThreadTables::category_of(FunctionId function) const {
  return profile_.in_kernel(profile_.functions()[raw(function)].module) ? Category::kKernel
                                                                        : Category::kUser;
}

uint32_t ThreadTables::resource_of(ModuleId module) {
  const auto [at, is_new] =
      resources_.try_emplace(raw(module), static_cast<uint32_t>(resources_.size()));
  if (is_new) {
    append_number(resource_lib_, libraries_.number_of(module));
    append_number(resource_name_, text(profile_.module_name(module)));
  }
  return at->second;
}

uint32_t ThreadTables::function_of(FunctionId id) {
  const auto [at, is_new] =
      functions_.try_emplace(raw(id), static_cast<uint32_t>(functions_.size()));
  if (!is_new) return at->second;
  const profile::Function& function = profile_.functions()[raw(id)];
  append_number(function_name_, text(profile_.string(function.name)));
  append_number(function_resource_,
                function.module == ModuleId::kNone ? -1 : int64_t{resource_of(function.module)});
  if (function.file == StringId::kNone) {
    append_null(function_file_);
    append_null(function_line_);
  } else {
    append_number(function_file_, text(profile_.string(function.file)));
    if (function.line > 0) {
      append_number(function_line_, function.line);
    } else {
      append_null(function_line_);
    }
  }
  append_number(frame_category_, static_cast<int64_t>(category_of(id)));
  return at->second;
}

// A prefix stands before what it is of.
uint32_t ThreadTables::stack_of(uint32_t node) {
  path_.clear();
  for (; node != CallNodes::kRoot && !stacks_.contains(node); node = nodes_.parent(node)) {
    path_.push_back(node);
  }
  for (; !path_.empty(); path_.pop_back()) {
    const FunctionId function = nodes_.function(path_.back());
    if (node == CallNodes::kRoot) {
      append_null(stack_prefix_);
    } else {
      append_number(stack_prefix_, stacks_.at(node));
    }
    append_number(stack_frame_, function_of(function));  // one frame for each function
    append_number(stack_category_, static_cast<int64_t>(category_of(function)));
    node = path_.back();
    stacks_.emplace(node, static_cast<uint32_t>(stacks_.size()));
  }
  return stacks_.at(node);
}

void ThreadTables::add_sample(TimeNs time, StackId stack, int64_t weight_ns) {
  const uint32_t node = nodes_.node_of(stack);
  if (node == CallNodes::kRoot) {
    append_null(sample_stack_);
  } else {
    append_number(sample_stack_, stack_of(node));
  }
  if (samples_++ > 0) {
    sample_time_ += ',';
    sample_weight_ += ',';
  }
  append_milliseconds(sample_time_, raw(time) - raw(zero_));
  append_milliseconds(sample_weight_, weight_ns);
}

void ThreadTables::add_marker(const Marker& marker) {
  std::string data = fmt::format("{{\"type\":\"{}\"", marker.type);
  if (!marker.details.empty()) {
    data += ',';
    data += marker.details;
  }
  data += '}';
  const auto [at, is_new] =
      details_known_.try_emplace(std::move(data), static_cast<uint32_t>(details_.size()));
  if (is_new) details_.push_back(&at->first);
  markers_.push_back({.start = marker.start,
                      .end = marker.end,
                      .name = text(marker.name),
                      .details = at->second,
                      .category = static_cast<uint8_t>(marker.category),
                      .is_instant = marker.is_instant});
}

void ThreadTables::write_samples(Output& out) const {
  out.put("\"samples\":{\"weightType\":\"tracing-ms\",");
  put_column(out, "stack", sample_stack_);
  put_column(out, "time", sample_time_);
  put_column(out, "weight", sample_weight_);
  put_length(out, samples_);
}

void ThreadTables::write_markers(Output& out) const {
  std::string one;
  const auto column = [&](std::string_view name, auto&& append) {
    out.put('"');
    out.put(name);
    out.put("\":[");
    for (size_t i = 0; i < markers_.size(); ++i) {
      one.clear();
      if (i > 0) one += ',';
      append(markers_[i]);
      out.put(one);
    }
    out.put("],");
  };
  out.put(",\n\"markers\":{");
  column("name", [&](const MarkerRow& row) { one += std::to_string(row.name); });
  column("startTime",
         [&](const MarkerRow& row) { append_milliseconds(one, raw(row.start) - raw(zero_)); });
  column("endTime", [&](const MarkerRow& row) {
    if (row.is_instant) {
      one += "null";
    } else {
      append_milliseconds(one, raw(row.end) - raw(zero_));
    }
  });
  column("phase", [&](const MarkerRow& row) { one += row.is_instant ? '0' : '1'; });
  column("category", [&](const MarkerRow& row) { one += std::to_string(row.category); });
  column("data", [&](const MarkerRow& row) { one += *details_[row.details]; });
  put_length(out, markers_.size());
}

void ThreadTables::write_stacks(Output& out) const {
  out.put(",\n\"stackTable\":{");
  put_column(out, "frame", stack_frame_);
  put_column(out, "prefix", stack_prefix_);
  put_column(out, "category", stack_category_);
  put_same(out, "subcategory", "0", stacks_.size());
  put_length(out, stacks_.size());
}

void ThreadTables::write_functions(Output& out) const {
  const size_t count = functions_.size();
  std::string each;
  for (size_t i = 0; i < count; ++i) append_number(each, static_cast<int64_t>(i));
  out.put(",\n\"frameTable\":{");
  put_column(out, "func", each);
  put_column(out, "category", frame_category_);
  put_same(out, "address", "-1", count);
  for (const std::string_view zero : {"inlineDepth", "subcategory", "innerWindowID"}) {
    put_same(out, zero, "0", count);
  }
  for (const std::string_view none : {"nativeSymbol", "implementation", "line", "column"}) {
    put_same(out, none, "null", count);
  }
  put_length(out, count);
  out.put(",\n\"funcTable\":{");
  put_column(out, "name", function_name_);
  put_column(out, "resource", function_resource_);
  put_column(out, "fileName", function_file_);
  put_column(out, "lineNumber", function_line_);
  put_same(out, "columnNumber", "null", count);
  put_same(out, "isJS", "false", count);
  put_same(out, "relevantForJS", "false", count);
  put_length(out, count);
  constexpr std::string_view kLibrary = "1";  // the kind of resource
  out.put(",\n\"resourceTable\":{");
  put_column(out, "lib", resource_lib_);
  put_column(out, "name", resource_name_);
  put_same(out, "host", "null", resources_.size());
  put_same(out, "type", kLibrary, resources_.size());
  put_length(out, resources_.size());
  out.put(
      ",\n\"nativeSymbols\":{\"libIndex\":[],\"address\":[],\"name\":[],\"functionSize\":[],"
      "\"length\":0}");
}

void ThreadTables::write_texts(Output& out) const {
  out.put(",\n\"stringArray\":[");
  for (size_t i = 0; i < texts_in_order_.size(); ++i) {
    if (i > 0) out.put(',');
    out.put(json_text(*texts_in_order_[i]));
  }
  out.put(']');
}

void ThreadTables::write(const ThreadFacts& facts, Output& out) const {
  const auto time_or = [&](TimeNs time, std::string_view otherwise) {
    std::string text;
    if (raw(time) == 0) return std::string(otherwise);
    append_milliseconds(text, raw(time) - raw(zero_));
    return text;
  };
  const std::string start = time_or(facts.start, "0"), end = time_or(facts.end, "null");
  out.put(fmt::format(
      "{{\"processType\":\"default\",\"processName\":{},\"name\":{},\"isMainThread\":{},"
      "\"pid\":\"{}\",\"tid\":{},\"processStartupTime\":0,\"processShutdownTime\":null,"
      "\"registerTime\":{},\"unregisterTime\":{},\"pausedRanges\":[],\n",
      json_text(facts.process_name), json_text(facts.name), facts.pid == facts.tid, facts.pid,
      facts.tid, start, end));
  write_samples(out);
  write_markers(out);
  write_stacks(out);
  write_functions(out);
  write_texts(out);
  out.put('}');
}

}  // namespace hone::exchange::firefox
