#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/host/file.h"
#include "serve/endpoints.h"
#include "serve/json_answer.h"

namespace hone::serve {
namespace {

std::string_view state_name(RecordingState state) {
  switch (state) {
    case RecordingState::kClosed:
      return "closed";
    case RecordingState::kLoading:
      return "loading";
    case RecordingState::kReady:
      return "ready";
    case RecordingState::kFailed:
      return "failed";
  }
  return "";
}

Json entry_json(const RecordingEntry& entry) {
  Json out = {{"id", entry.id},
              {"name", entry.name},
              {"path", entry.path},
              {"bytes", entry.bytes},
              {"modified_s", entry.modified_s},
              {"state", state_name(entry.state)}};
  if (entry.state == RecordingState::kLoading) out["stage"] = entry.stage;
  if (entry.state == RecordingState::kFailed) {
    out["error"] = Json::parse(error_response(entry.error).body)["error"];
  }
  return out;
}

Json id_or_null(const std::string& id) {
  return id.empty() ? Json() : Json(id);
}

Result<Response> recordings(const Call& call) {
  Json entries = Json::array();
  for (const RecordingEntry& entry : call.context.recordings->entries()) {
    entries.push_back(entry_json(entry));
  }
  return json_response(
      {{"schema", "hone.api/1"},
       {"tool_version", call.context.tool_version},
       {"recordings", std::move(entries)},
       {"initial",
        {{"a", id_or_null(call.context.initial_a)}, {"b", id_or_null(call.context.initial_b)}}},
       {"features",
        {{"sql", true},
         {"upload", !call.context.upload_folder.empty()},
         {"source", call.context.find_source != nullptr},
         {"live", false}}},
       {"report", nullptr}});
}

// What a file may be called: the last part of a path, of signs that no shell and no page minds.
std::string plain_name(std::string_view name) {
  constexpr size_t kNameMax = 100;
  name.remove_prefix(std::min(name.size(), name.rfind('/') + 1));
  std::string out;
  for (const char c : name.substr(0, kNameMax)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    out += is_plain ? c : '-';
  }
  return out.empty() || out[0] == '.' ? "recording" + out : out;
}

Result<Response> add_recording(const Call& call) {
  if (call.context.upload_folder.empty()) {
    return fail(Code::Permission, "this server takes no files");
  }
  const std::string name = plain_name(call.request.value("name"));
  std::string path = fmt::format("{}/{}", call.context.upload_folder, name);
  for (int number = 2; ::access(path.c_str(), F_OK) == 0; ++number) {
    path = fmt::format("{}/{}-{}", call.context.upload_folder, number, name);
  }
  HONE_TRY(base::write_file_atomically(path, base::as_bytes(call.request.body), 0600));
  return json_response({{"id", call.context.recordings->add(path)}});
}

}  // namespace

const Endpoint kRecordings = {
    .path = "recordings",
    .summary = "The recordings at hand: those that `hone view` was given, or those of its folder.",
    .returns =
        "`{schema, tool_version, recordings: [{id, name, path, bytes, modified_s, state, stage, "
        "error}], initial: {a, b}, features: {sql, upload, source, live}, report}`. `state` is "
        "`closed` (opened when first asked for), `loading`, `ready` or `failed`. `report` is null "
        "but in report files, where it says what was cut.",
    .answer = &recordings};

const Endpoint kAddRecording = {
    .path = "recordings",
    .method = "POST",
    .summary = "Takes a recording, as the body; it is kept until the server ends.",
    .parameters = {{"name", "its file name"}},
    .returns = "`{id}`",
    .answer = &add_recording};

}  // namespace hone::serve
