#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "exchange/import_perf_data_test_support.h"
#include "exchange/import_test_support.h"
#include "stacks/test_support.h"
#include "unwind/walk.h"

namespace hone::exchange {
namespace {

using namespace perf_data;  // NOLINT(google-build-using-namespace): what files are made of
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr auto kUser = static_cast<uint64_t>(PERF_CONTEXT_USER);
constexpr auto kKernel = static_cast<uint64_t>(PERF_CONTEXT_KERNEL);

std::string stack_text(const profile::Profile& p, StackId stack) {
  std::string out;
  for (StackId at = stack; at != StackId::kNone; at = p.stacks().parent[raw(at)]) {
    const FrameId frame = p.stacks().frame[raw(at)];
    char address[40];
    std::snprintf(address, sizeof address, "+%llx",
                  static_cast<unsigned long long>(p.frames().address[raw(frame)]));
    out = std::string(p.module_name(p.frames().module[raw(frame)])) + address +
          (out.empty() ? "" : ";") + out;
  }
  return out;
}

// "thread time weight: outer;...;inner"
std::vector<std::string> perf_samples(const Imported& got) {
  std::vector<std::string> out;
  const profile::Profile& p = *got.profile;
  for (size_t i = 0; i < p.samples().size(); ++i) {
    out.push_back(
        got.thread(p.samples().thread[i]) + " " + std::to_string(raw(p.samples().time[i])) + " " +
        std::to_string(p.samples().weight_ns[i]) + ": " + stack_text(p, p.samples().stack[i]));
  }
  return out;
}

// What two samples of a program with a thread are: as a file, from a pipe, packed.
std::string two_samples() {
  return comm({7, 7}, "app") + mmap2({7, 7}, 0x10000, 0x1000, "/no/app") +
         comm({7, 8, 900}, "worker") + sample({7, 7, 1000}, 250000, {kUser, 0x10010, 0x10021}) +
         sample({7, 8, 2000}, 260000,
                {kKernel, 0xffff800000001000, 0xffff800000002001, kUser, 0x10030},
                PERF_RECORD_MISC_KERNEL) +
         round_end();
}
const std::vector<std::string> kTwoSamples = {
    "app 1000 250000: app+20;app+10",
    "worker 2000 260000: app+30;[kernel]+ffff800000002000;[kernel]+ffff800000001000"};

TEST(ImportPerfData, SamplesWithTheirStacks) {
  const Imported got = imported(file_of({{cpu_clock(), {1}}}, two_samples()));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(perf_samples(got), kTwoSamples);
  EXPECT_EQ(got.profile->processes().size(), 2u);
  EXPECT_EQ(got.profile->processes()[1].pid, 7u);
  EXPECT_EQ(got.profile->meta("sampler.event"), "cpu-clock");
  EXPECT_EQ(got.profile->meta("sampler.frequency_hz"), "1000");
}

TEST(ImportPerfData, FromAPipeAndPacked) {
  for (const std::string& file : {pipe_of({{cpu_clock(), {1}}}, two_samples()),
                                  file_of({{cpu_clock(), {1}}}, packed(two_samples(), 50, false)),
                                  pipe_of({{cpu_clock(), {1}}}, packed(two_samples(), 37, true))}) {
    const Imported got = imported(file);
    ASSERT_TRUE(got.profile) << got.error.message;
    EXPECT_EQ(perf_samples(got), kTwoSamples);
  }
}

TEST(ImportPerfData, RecordsAreTakenInTheOrderOfTheirTimes) {
  // Buffer after buffer: what is mapped is told behind the sample that needs it.
  const std::string records =
      sample({7, 7, 5000}, 1, {kUser, 0x10010}) + mmap2({7, 7, 4000}, 0x10000, 0x1000, "/no/new") +
      round_end() + mmap2({7, 7, 1000}, 0x10000, 0x1000, "/no/old") +
      sample({7, 7, 2000}, 2, {kUser, 0x10020}) + comm({7, 7, 500}, "app") + round_end();
  const Imported got = imported(file_of({{cpu_clock(), {1}}}, records));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(perf_samples(got), ElementsAre("app 2000 2: old+20", "app 5000 1: new+10"));
}

TEST(ImportPerfData, EventsThatCountNoTimeAreSumsByStack) {
  const perf_event_attr faults = attr_of(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS);
  const std::string records = mmap2({7, 7}, 0x10000, 0x1000, "/no/app") +
                              sample({7, 7, 1000, 1}, 250000, {kUser, 0x10010}) +
                              sample({7, 7, 1100, 2}, 3, {kUser, 0x10020}) +
                              sample({7, 7, 1200, 3}, 4, {kUser, 0x10020}) +
                              sample({7, 7, 1200, 9}, 4, {kUser, 0x10020});
  const Imported got = imported(file_of({{cpu_clock(), {1}}, {faults, {2, 3}}}, records));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(perf_samples(got).size(), 1u);
  const profile::Profile& p = *got.profile;
  ASSERT_EQ(p.costs().size(), 1u);
  EXPECT_EQ(p.string(p.cost_metrics()[raw(p.costs()[0].metric)].name), "page-faults");
  EXPECT_EQ(p.costs()[0].value, 7);
  EXPECT_EQ(p.costs()[0].count, 2u);
  EXPECT_EQ(stack_text(p, p.costs()[0].stack), "app+20");
  EXPECT_EQ(got.left.at("perf_data.samples_of_no_event"), 1u);
}

TEST(ImportPerfData, CyclesStandForTheirShareOfASecond) {
  const std::string records = sample({7, 7, 1000}, 123456, {kUser, 0x10010});
  const perf_event_attr cycles = attr_of(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);
  const Imported got = imported(file_of({{cycles, {1}}}, records));
  ASSERT_TRUE(got.profile) << got.error.message;
  ASSERT_EQ(got.profile->samples().size(), 1u);
  EXPECT_EQ(got.profile->samples().weight_ns[0], 1000000);
  ASSERT_EQ(got.profile->costs().size(), 1u);
  EXPECT_EQ(got.profile->costs()[0].value, 123456);
  EXPECT_EQ(got.left.at("perf_data.time_by_frequency"), 1u);
}

TEST(ImportPerfData, AFixedNumberOfCyclesIsNoTime) {
  perf_event_attr cycles = attr_of(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);
  cycles.freq = 0;
  const Imported got =
      imported(file_of({{cycles, {1}}}, sample({7, 7, 1000}, 5000, {kUser, 0x10010})));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.profile->samples().size(), 0u);
  EXPECT_EQ(got.profile->costs().size(), 1u);
  EXPECT_EQ(got.left.at("perf_data.no_cpu_time"), 1u);
}

TEST(ImportPerfData, LossesAndUnknownRecordsAreCounted) {
  const std::string records =
      two_samples() +
      record(PERF_RECORD_LOST, 0, Bytes().u64(1).u64(5).raw(trailer({0, 0, 3000})).str()) +
      record(PERF_RECORD_LOST_SAMPLES, 0, Bytes().u64(6).raw(trailer({0, 0, 3000})).str()) +
      record(PERF_RECORD_THROTTLE, 0,
             Bytes().u64(3000).u64(1).u64(1).raw(trailer({0, 0, 3000})).str()) +
      record(60, 0, trailer({0, 0, 3000})) + record(200, 0, "unknown!") +
      record(PERF_RECORD_SAMPLE, 0, "short") +
      // A block of a trace of instructions: its bytes lie behind the record.
      record(71, 0, Bytes().u64(16).raw(std::string(32, '\0')).str()) + "not records !!!!" +
      sample({0, 0, 4000}, 9, {kKernel, 0xffff800000001000}, PERF_RECORD_MISC_KERNEL);
  const Imported got = imported(file_of({{cpu_clock(), {1}}}, records));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(perf_samples(got), kTwoSamples);
  // The kernel told of the same loss twice, as of records and as of samples.
  EXPECT_EQ(got.left.at("samples_lost"), 6u);
  EXPECT_EQ(got.left.at("sampling_paused"), 1u);
  EXPECT_EQ(got.left.at("perf_data.unknown_records"), 2u);
  EXPECT_EQ(got.left.at("records_damaged"), 1u);
  EXPECT_EQ(got.left.at("perf_data.traces_of_instructions"), 1u);
  EXPECT_EQ(got.left.at("perf_data.idle"), 1u);
}

TEST(ImportPerfData, WhatAFilterLeftOutIsNotLost) {
  const std::string records =
      two_samples() +
      record(PERF_RECORD_LOST_SAMPLES, 1 << 15, Bytes().u64(6).raw(trailer({0, 0, 3000})).str());
  const Imported got = imported(file_of({{cpu_clock(), {1}}}, records));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.count("samples_lost"), 0u);
  EXPECT_EQ(got.left.at("perf_data.filtered"), 6u);
}

// Two events that see the same time: one of them is the CPU time. Two kinds of CPUs: both are.
TEST(ImportPerfData, NoTimeIsCountedTwice) {
  const auto samples_of = [](const perf_event_attr& first, const perf_event_attr& second) {
    const std::string records = sample({7, 7, 1000, 1}, 123456, {kUser, 0x10010}) +
                                sample({7, 7, 1100, 2}, 123456, {kUser, 0x10010});
    const Imported got = imported(file_of({{first, {1}}, {second, {2}}}, records));
    return got.profile ? got.profile->samples().size() : 99;
  };
  const perf_event_attr cycles = attr_of(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);
  perf_event_attr user = cycles, kernel = cycles, other_cpus = cycles;
  user.exclude_kernel = 1;
  kernel.exclude_user = 1;
  other_cpus.config |= uint64_t{8} << 32;
  EXPECT_EQ(samples_of(cycles, user), 1u);
  EXPECT_EQ(samples_of(user, kernel), 2u);
  EXPECT_EQ(samples_of(cycles, other_cpus), 2u);
}

// perf tells of processes that ran before as if they were forked: what their parent maps is not
// theirs.
TEST(ImportPerfData, AProcessThatRanBeforeHasItsOwnMappings) {
  const auto stacks_after = [](uint16_t misc) {
    const std::string fork = record(PERF_RECORD_FORK, misc,
                                    Bytes()
                                        .add(int32_t{9})
                                        .add(int32_t{7})
                                        .add(int32_t{9})
                                        .add(int32_t{7})
                                        .u64(0)
                                        .raw(trailer({9, 9, 0}))
                                        .str());
    return perf_samples(imported(file_of(
        {{cpu_clock(), {1}}}, comm({7, 7}, "app") + mmap2({7, 7}, 0x10000, 0x1000, "/no/app") +
                                  fork + sample({9, 9, 1000}, 250000, {kUser, 0x10010}))));
  };
  EXPECT_THAT(stacks_after(0), ElementsAre(HasSubstr("app+10")));
  EXPECT_THAT(stacks_after(1 << 13), ElementsAre(HasSubstr(": +10010")));
}

TEST(ImportPerfData, ASampleInTheKernelWithoutItsStackIsInTheKernel) {
  std::string one = sample({7, 7, 1000}, 250000, {kUser, 0x10010}, PERF_RECORD_MISC_KERNEL);
  const uint64_t ip = 0xffff800000001000;
  std::memcpy(one.data() + 8, &ip, sizeof ip);
  const Imported got =
      imported(file_of({{cpu_clock(), {1}}}, mmap2({7, 7}, 0x10000, 0x1000, "/no/app") + one));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(perf_samples(got), ElementsAre(HasSubstr("app+10;[kernel]+ffff800000001000")));
}

// A record of the far future holds what it lies in: all goes on before that is too much.
TEST(ImportPerfData, RecordsThatNeverComeDoNotHoldAll) {
  std::string records;
  for (int block = 0; block < 300; ++block) {
    records += sample({7, 7, uint64_t{1} << 40}, 1, {kUser, 0x10010});
    for (int i = 0; i < 16; ++i) {
      std::vector<uint64_t> chain(8000, 0x10010);
      chain[0] = kUser;
      records += sample({7, 7, 1000}, 1, chain);
    }
  }
  const Imported got = imported(file_of({{cpu_clock(), {1}}}, records));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.profile->samples().size(), 300u * 17);
  EXPECT_GT(got.left.at("perf_data.late_records"), 0u);
}

TEST(ImportPerfData, SwitchesAreWaits) {
  perf_event_attr attr = cpu_clock();
  attr.context_switch = 1;
  const auto switched = [](const Who& who, uint16_t misc) {
    return record(PERF_RECORD_SWITCH, misc, trailer(who));
  };
  const std::string records =
      comm({7, 7, 100}, "app", true) + sample({7, 7, 150}, 1, {kUser, 0x10010}) +
      switched({7, 7, 200}, PERF_RECORD_MISC_SWITCH_OUT) + switched({7, 7, 500}, 0) +
      switched({7, 7, 600}, PERF_RECORD_MISC_SWITCH_OUT | PERF_RECORD_MISC_SWITCH_OUT_PREEMPT) +
      switched({7, 7, 700}, 0) + task(PERF_RECORD_EXIT, {7, 7, 900}, 1);
  const Imported got = imported(file_of({{attr, {1}}}, records));
  ASSERT_TRUE(got.profile) << got.error.message;
  const auto waits = got.profile->waits();
  ASSERT_EQ(waits.size(), 2u);
  EXPECT_EQ(waits[0].duration_ns, 300);
  EXPECT_EQ(waits[0].runnable_ns, -1);
  EXPECT_EQ(waits[1].duration_ns, 100);
  EXPECT_EQ(waits[1].runnable_ns, 100);
  EXPECT_EQ(raw(got.profile->threads()[1].end), 900);
  EXPECT_TRUE(got.profile->processes()[1].exited);
}

TEST(ImportPerfData, StacksAreUnwoundFromTheirCopies) {
  stacks::TestFolder folder;
  stacks::TestElf elf{{}};
  constexpr uint64_t kAt = 0x7f0000000000, kStack = 0x7ffe0000;
  // A leaf with its return address at the stack pointer, and the start of the thread.
  const uint64_t leaf = elf.function({}), start = elf.function({0x07, 16});
  elf.call_before(start + 0x20);
  elf.write(folder / "app");
  const stacks::FileIdentity identity = stacks::identity_of(folder / "app");
  perf_event_attr attr = cpu_clock();
  attr.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID | PERF_SAMPLE_PERIOD |
                     PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
  attr.sample_regs_user = 0x180;  // SP and IP
  const auto unwound = [&](const Who& who, uint64_t abi) {
    Bytes body;
    body.add(who.pid).add(who.tid).u64(who.time).u64(who.id).u64(1000);
    body.u64(2).u64(kKernel).u64(0xffff800000001000).u64(abi);
    if (abi != 0) body.u64(kStack).u64(kAt + leaf + 4);
    body.u64(32).u64(kAt + start + 0x20).u64(0).u64(0).u64(0).u64(16);
    return record(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_KERNEL, body.str());
  };
  const auto mapped = [&](uint64_t inode) {
    return record(PERF_RECORD_MMAP2, PERF_RECORD_MISC_USER,
                  Bytes()
                      .u32(7)
                      .u32(7)
                      .u64(kAt + 0x1000)
                      .u64(stacks::TestElf::kTextBytes)
                      .u64(0x1000)
                      .u64(0)
                      .u64(inode)
                      .u64(0)
                      .u32(5)
                      .u32(2)
                      .text(folder / "app")
                      .raw(trailer({7, 7}))
                      .str());
  };
  const std::string samples = unwound({7, 7, 1000}, PERF_SAMPLE_REGS_ABI_64) +
                              unwound({7, 7, 1100}, PERF_SAMPLE_REGS_ABI_64) +
                              unwound({7, 7, 1200}, PERF_SAMPLE_REGS_ABI_NONE);
  const Imported got = imported(file_of({{attr, {1}}}, mapped(identity.inode) + samples));
  ASSERT_TRUE(got.profile) << got.error.message;
  const std::string whole = "7 1000 1000: app+111f;app+1004;[kernel]+ffff800000001000";
  ASSERT_EQ(perf_samples(got).size(), 3u);
  EXPECT_EQ(perf_samples(got)[0], whole);
  EXPECT_EQ(perf_samples(got)[1].substr(7), whole.substr(7));
  EXPECT_EQ(perf_samples(got)[2], "7 1200 1000: [kernel]+ffff800000001000");
  EXPECT_EQ(got.profile->samples().end[0], static_cast<uint8_t>(unwind::WalkEnd::kComplete));
  EXPECT_EQ(got.left.at("samples_without_user_registers"), 1u);
  EXPECT_EQ(got.left.at("perf_data.modules_not_checked"), 1u);

  // Another file at that path has another unwind table: no stack is walked by it.
  const Imported other = imported(file_of({{attr, {1}}}, mapped(identity.inode + 1) + samples));
  ASSERT_TRUE(other.profile) << other.error.message;
  EXPECT_EQ(other.profile->samples().end[0], static_cast<uint8_t>(unwind::WalkEnd::kNoTable));
  EXPECT_EQ(other.left.at("perf_data.modules_not_found"), 1u);
}

// A file that goes by once says behind its records which processor they are of.
TEST(ImportPerfData, RegistersOfNoKnownProcessorAreNotUnwound) {
  const auto left_with = [](uint64_t registers) {
    perf_event_attr attr = cpu_clock();
    attr.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID | PERF_SAMPLE_PERIOD |
                       PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
    attr.sample_regs_user = registers;
    Bytes body;
    body.add(int32_t{7}).add(int32_t{7}).u64(1000).u64(1).u64(1000).u64(PERF_SAMPLE_REGS_ABI_64);
    for (int i = 0; i < __builtin_popcountll(registers); ++i) body.u64(0x10010);
    body.u64(16).u64(0).u64(0).u64(16);
    return imported(pipe_of({{attr, {1}}},
                            record(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, body.str())))
        .left;
  };
  constexpr uint64_t kOfX86 = 0xff0fff, kOfArm = 0x1ffffffff, kOfRiscv = 0xffffffff;
  EXPECT_EQ(left_with(kOfX86).count("perf_data.architecture"), 0u);
  EXPECT_EQ(left_with(kOfArm).count("perf_data.architecture"), 0u);
  EXPECT_EQ(left_with(kOfRiscv).at("perf_data.architecture"), 1u);
}

TEST(ImportPerfData, ANumberThatIsUsedAgainIsAnotherProcess) {
  const std::string records =
      comm({7, 7}, "shell") + mmap2({7, 7}, 0x10000, 0x1000, "/no/shell") +
      task(PERF_RECORD_FORK, {9, 9, 100}, 7) + sample({9, 9, 200}, 1, {kUser, 0x10010}) +
      comm({9, 9, 250}, "first", true) + task(PERF_RECORD_EXIT, {9, 9, 300}, 7) +
      task(PERF_RECORD_FORK, {9, 9, 400}, 7) + comm({9, 9, 450}, "second", true) +
      sample({9, 9, 500}, 2, {kUser, 0x10010});
  const Imported got = imported(file_of({{cpu_clock(), {1}}}, records));
  ASSERT_TRUE(got.profile) << got.error.message;
  // What its parent had mapped is there until it becomes another program.
  EXPECT_THAT(perf_samples(got), ElementsAre("first 200 1: shell+10", "second 500 2: +10010"));
  const auto processes = got.profile->processes();
  ASSERT_EQ(processes.size(), 4u);
  EXPECT_EQ(processes[2].pid, 9u);
  EXPECT_EQ(processes[3].pid, 9u);
  EXPECT_EQ(processes[3].parent, ProcessId{1});
}

TEST(ImportPerfData, WhatTheFileSaysOfTheRun) {
  const std::string command =
      Bytes().u32(2).raw(feature_text("perf")).raw(feature_text("two words")).str();
  const std::string build_id = record(
      0, PERF_RECORD_MISC_USER,
      Bytes().u32(0).raw(std::string(20, 'i')).raw(std::string(4, '\0')).text("/no/app").str());
  const std::string file =
      file_of({{cpu_clock(), {1}}}, two_samples(),
              {{2, build_id},
               {3, feature_text("box")},
               {4, feature_text("6.1.0")},
               {6, feature_text("x86_64")},
               {7, Bytes().u32(8).u32(4).str()},
               {8, feature_text("A CPU")},
               {10, Bytes().u64(1000).str()},
               {11, command},
               {13, "left alone"},
               {29, Bytes().u32(1).u32(1).u64(1700000000000000000).u64(5).str()}});
  // As bytes it goes by once; as a file what is behind the records is read first.
  const std::string path = testing::TempDir() + "hone-perf-data-test";
  std::ofstream(path, std::ios::binary) << file;
  auto in = Input::open(path);
  ASSERT_TRUE(in) << in.error().message;
  ASSERT_TRUE(import_into(*find_import_format("perf-data"), *in, path + ".hone"));
  auto reader = recording::Reader::open(path + ".hone");
  ASSERT_TRUE(reader);
  const auto from_file = profile::Profile::load(*reader, {});
  ASSERT_TRUE(from_file);
  const Imported once = imported(file);
  ASSERT_TRUE(once.profile) << once.error.message;
  for (const profile::Profile* p : {&*from_file, &*once.profile}) {
    EXPECT_EQ(p->meta("host.name"), "box");
    EXPECT_EQ(p->meta("host.kernel"), "6.1.0 x86_64");
    EXPECT_EQ(p->meta("host.cpu_count"), "4");
    EXPECT_EQ(p->meta("host.cpu_model"), "A CPU");
    EXPECT_EQ(p->meta("host.memory_bytes"), "1024000");
    EXPECT_EQ(p->meta("run.command"), "perf 'two words'");
    EXPECT_EQ(p->meta("run.started_utc"), "2023-11-14T22:13:20Z");
  }
  EXPECT_EQ(from_file->modules()[1].build_id, std::string(20, 'i'));
  std::remove(path.c_str());
  std::remove((path + ".hone").c_str());
}

TEST(ImportPerfData, TheOtherByteOrderIsRefused) {
  std::string file = file_of({{cpu_clock(), {1}}}, two_samples());
  file.replace(0, 8, "2ELIFREP");
  const Imported got = imported(file);
  EXPECT_FALSE(got.profile);
  EXPECT_EQ(got.error.code, Code::Unsupported);
  EXPECT_THAT(got.error.message, HasSubstr("byte order"));
}

TEST(ImportPerfData, AFileThatWasNeverClosedIsTaken) {
  std::string file = file_of({{cpu_clock(), {1}}}, two_samples());
  const uint64_t none = 0;
  std::memcpy(file.data() + 48, &none, sizeof none);  // the size of the records
  const Imported got = imported(file);
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(perf_samples(got), kTwoSamples);
  EXPECT_EQ(got.left.at("perf_data.not_closed"), 1u);
}

TEST(ImportPerfData, CutAnywhere) {
  const std::string whole =
      file_of({{cpu_clock(), {1}}, {cpu_clock(), {2}}},
              two_samples() + packed(two_samples(), 9, false), {{3, feature_text("box")}});
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const Imported got = imported(whole.substr(0, bytes), "perf-data");
    if (!got.profile) {
      EXPECT_FALSE(got.error.message.empty());
    }
  }
  const size_t records_at = whole.find("PERFILE2") + 104 + 16 + 2 * (sizeof(perf_event_attr) + 16);
  const Imported got = imported(whole.substr(0, records_at + 300), "perf-data");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.left, Contains(Pair("perf_data.cut", 1u)));
}

TEST(ImportPerfData, PartsThatLieNowhereAreRefused) {
  const std::string whole = file_of({{cpu_clock(), {1}}}, two_samples());
  const auto with = [&](size_t at, uint64_t value) {
    std::string file = whole;
    std::memcpy(file.data() + at, &value, sizeof value);
    return imported(file, "perf-data").error.message;
  };
  EXPECT_THAT(with(8, 999), HasSubstr("header"));
  EXPECT_THAT(with(16, 8), HasSubstr("events"));
  EXPECT_THAT(with(24, ~uint64_t{0}), HasSubstr("events"));
  EXPECT_THAT(with(32, ~uint64_t{0}), HasSubstr("events"));
  EXPECT_THAT(with(40, ~uint64_t{0}), HasSubstr("records"));
  EXPECT_THAT(with(48, ~uint64_t{0}), HasSubstr("records"));
}

// Each event names ids of its own.
TEST(ImportPerfData, EventsThatShareTheirIdsAreRefused) {
  std::vector<uint64_t> ids(2000);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = i + 1;
  std::vector<EventOfFile> events(40, {cpu_clock(), {}});
  events[0].ids = ids;
  std::string file = file_of(events, two_samples());
  constexpr size_t kHeader = 104;
  for (size_t i = 1; i < events.size(); ++i) {
    const uint64_t section[2] = {kHeader, ids.size() * 8};
    const size_t at = kHeader + ids.size() * 8 + (i + 1) * (sizeof(perf_event_attr) + 16) - 16;
    std::memcpy(file.data() + at, section, sizeof section);
  }
  EXPECT_THAT(imported(file, "perf-data").error.message, HasSubstr("share their ids"));
}

}  // namespace
}  // namespace hone::exchange
