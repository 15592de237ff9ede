#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/import_test_support.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "benchmark [parameters] #repetition: metric value unit/iterations"
std::vector<std::string> measured(const Imported& got) {
  std::vector<std::string> out;
  const profile::Profile& p = *got.profile;
  for (const profile::Measurement& one : p.measurements()) {
    char value[32];
    std::snprintf(value, sizeof(value), "%.10g", one.value);
    out.push_back(std::string(p.string(one.benchmark)) + " [" +
                  std::string(p.string(one.parameters)) + "] #" + std::to_string(one.repetition) +
                  ": " + std::string(p.string(one.metric)) + " " + value + " " +
                  std::string(p.string(one.unit)) + "/" + std::to_string(one.iterations));
  }
  return out;
}

TEST(ImportGoogleBenchmark, RepetitionsAndNoAggregatesOfThem) {
  const Imported got = imported(R"j({"context":{"num_cpus":2,"host_name":"h","caches":[{"a":1}],
"executable":"./bench"},"benchmarks":[
{"name":"F/copy/8/n:3","run_name":"F/copy/8/n:3","run_type":"iteration","repetitions":2,
"repetition_index":1,"threads":1,"iterations":50,"real_time":2.5e0,"cpu_time":2,"time_unit":"us",
"bytes_per_second":1e9,"bad":NaN,"worse":-Infinity,"own":7,"label":"hot"},
{"name":"F/copy/8/n:3_mean","run_name":"F/copy/8/n:3","run_type":"aggregate",
"aggregate_name":"mean","aggregate_unit":"time","iterations":2,"real_time":9,"time_unit":"us"},
{"name":"alone_cv","run_name":"alone","run_type":"aggregate","aggregate_name":"cv",
"aggregate_unit":"percentage","iterations":3,"real_time":0.25,"time_unit":"ms"},
{"name":"lost","run_name":"lost","run_type":"iteration","error_occurred":true,
"error_message":"no \"file\"","iterations":0,"real_time":0,"time_unit":"ns"}]})j");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(measured(got), ElementsAre("F/copy [8/n=3/label=hot] #1: time 2500 ns/50",
                                         "F/copy [8/n=3/label=hot] #1: cpu_time 2000 ns/50",
                                         "F/copy [8/n=3/label=hot] #1: bytes_per_second "
                                         "1000000000 bytes/s/50",
                                         "F/copy [8/n=3/label=hot] #1: own 7 /50",
                                         "alone [] #0: time.cv 0.25 share/3"));
  EXPECT_EQ(got.left.at("import.aggregates"), 1u);
  EXPECT_EQ(got.left.at("import.not_finite"), 2u);
  EXPECT_EQ(got.left.at("import.benchmark_failed"), 1u);
  EXPECT_EQ(got.left.size(), 3u);
  EXPECT_EQ(got.profile->meta("host.name"), "h");
  EXPECT_EQ(got.profile->meta("run.command"), "./bench");
  EXPECT_EQ(got.profile->meta("benchmark.caches"), "[{\"a\":1}]");
}

TEST(ImportGoogleBenchmark, FitsAndEntriesThatAreNone) {
  const Imported got = imported(R"j({"context":{"num_cpus":2},"benchmarks":[7,{"name":},
{"name":"s_BigO","run_name":"s","run_type":"aggregate","aggregate_name":"BigO",
"aggregate_unit":"time","cpu_coefficient":2,"real_coefficient":3,"big_o":"N","time_unit":"us"},
{"name":"s_RMS","run_name":"s","run_type":"aggregate","aggregate_name":"RMS",
"aggregate_unit":"percentage","rms":0.5}]})j");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(measured(got), ElementsAre("s [] #0: cpu_coefficient.BigO 2000 ns/N/0",
                                         "s [] #0: real_coefficient.BigO 3000 ns/N/0",
                                         "s [] #0: rms.RMS 0.5 share/0"));
  EXPECT_EQ(got.left.at("import.bad_benchmark"), 2u);
  EXPECT_EQ(got.left.size(), 1u);
}

TEST(ImportGoogleBenchmark, BeforeRunsHadAType) {
  const Imported got = imported(R"j({"context":{"num_cpus":2},"benchmarks":[
{"name":"a/2","iterations":5,"real_time":1,"cpu_time":1,"time_unit":"ns"},
{"name":"a/2","iterations":5,"real_time":3,"cpu_time":1,"time_unit":"ns"},
{"name":"a/2_mean","iterations":5,"real_time":2,"cpu_time":1,"time_unit":"ns"}]})j");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(measured(got), ElementsAre("a [2] #0: time 1 ns/5", "a [2] #0: cpu_time 1 ns/5",
                                         "a [2] #1: time 3 ns/5", "a [2] #1: cpu_time 1 ns/5"));
  EXPECT_EQ(got.left.at("import.aggregates"), 1u);
}

TEST(ImportHyperfine, RunsOfEachCommand) {
  const Imported got = imported(R"j({"results":[{"command":"sleep 1","mean":2.0,"stddev":0.5,
"median":2.0,"user":0.25,"system":0.125,"min":1,"max":3,"times":[1.5,2.5],
"memory_usage_byte":[4096,8192],"exit_codes":[0,null],"parameters":{"n":"1","m":"x"}}]})j");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(measured(got), ElementsAre("sleep 1 [n=1/m=x] #0: time 1500000000 ns/1",
                                         "sleep 1 [n=1/m=x] #1: time 2500000000 ns/1",
                                         "sleep 1 [n=1/m=x] #0: memory 4096 bytes/1",
                                         "sleep 1 [n=1/m=x] #1: memory 8192 bytes/1",
                                         "sleep 1 [n=1/m=x] #0: exit_code 0 /1",
                                         "sleep 1 [n=1/m=x] #0: user_time.mean 250000000 ns/2",
                                         "sleep 1 [n=1/m=x] #0: system_time.mean 125000000 ns/2"));
  EXPECT_EQ(got.left.at("import.ended_by_signal"), 1u);
  EXPECT_EQ(got.left.at("import.aggregates"), 5u);
  const Imported alone = imported(
      R"j({"results":[{"command":"true","mean":2.0,"stddev":null,"user":null,"system":null}]})j");
  ASSERT_TRUE(alone.profile) << alone.error.message;
  EXPECT_THAT(measured(alone), ElementsAre("true [] #0: time.mean 2000000000 ns/0"));
  EXPECT_THAT(alone.left, IsEmpty());
}

TEST(ImportHyperfine, ParametersThatAreNoTextTellResultsApart) {
  const Imported got = imported(R"j({"results":[
{"command":"a","mean":1,"stddev":0,"times":[1],"parameters":{"n":1}},
{"command":"a","mean":1,"stddev":0,"times":[1],"parameters":{"n":2,"b":true}}]})j");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(measured(got), ElementsAre("a [n=1] #0: time 1000000000 ns/1",
                                         "a [n=2/b=true] #0: time 1000000000 ns/1"));
}

}  // namespace
}  // namespace hone::exchange
