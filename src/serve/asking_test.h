// Test support: an API over recordings that are drawn as text (profile/stack_text.h).
//
//   Asking asking({{"a", "main;work 3"}, {"b", "main;work 5"}});
//   const Json table = asking.json("functions?a=a&b=b");
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "profile/stack_text.h"
#include "serve/api.h"
#include "serve/json_answer.h"

namespace hone::serve {

class Asking {
 public:
  struct Drawn {
    std::string id, text;
  };
  explicit Asking(std::initializer_list<Drawn> recordings) : library_(&open) {
    for (const auto& [id, text] : recordings) {
      texts().push_back({"/" + id, text});
      library_.add("/" + id);
      // Opening takes a thread: a test waits for it as long as that may be on a busy machine.
      EXPECT_TRUE(library_.get(id, kWaitNs));
    }
    context_.recordings = &library_;
    context_.cache = &cache_;
    context_.initial_a = recordings.size() == 0 ? "" : recordings.begin()->id;
  }

  Context& context() { return context_; }
  const profile::Profile& profile(std::string_view id) {
    return (*library_.get(id, kWaitNs))->profile;
  }
  Response ask(const std::string& question) const {
    return Api(context_).answer(parse_target("/api/1/" + question));
  }
  Json json(const std::string& question) const {
    const Response response = ask(question);
    EXPECT_EQ(response.status, 200) << question << ": " << response.body;
    return Json::parse(response.body, nullptr, false);
  }
  // What an error said, after its status: "400 limit: ...".
  std::string error(const std::string& question) const {
    const Response response = ask(question);
    const Json json = Json::parse(response.body, nullptr, false);
    if (!json.contains("error")) return std::to_string(response.status) + " no error";
    return std::to_string(response.status) + " " + json["error"]["message"].get<std::string>();
  }

 private:
  static constexpr int64_t kWaitNs = 30'000'000'000;
  // Of all that were drawn, since opening knows a path and nothing else; the last of a path counts.
  static std::vector<Drawn>& texts() {
    static std::vector<Drawn> all;
    return all;
  }
  static Result<Library::Loaded> open(const std::string& path) {
    for (size_t i = texts().size(); i-- > 0;) {
      if (texts()[i].id == path)
        return Library::Loaded{profile::profile_of_text(texts()[i].text), ""};
    }
    return fail(Code::NotFound, path);
  }

  Library library_;
  Cache cache_;
  mutable Context context_;
};

}  // namespace hone::serve
