// Tables of sums without a time, and of what benchmarks measured.
#include <array>

#include "query/columns.h"
#include "query/tables.h"

namespace hone::query {
namespace {

std::string_view unit_name(recording::TrackUnit unit) {
  if (unit == recording::TrackUnit::kNanoseconds) return "ns";
  return unit == recording::TrackUnit::kBytes ? "bytes" : "count";
}

const profile::CostMetric& metric(const Source& s, size_t i) {
  return s.profile().cost_metrics()[i + 1];
}
constexpr ColumnSpec kMetrics[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the metric.", Role::kId),
    text_column("name", HONE_TEXT(s.string(metric(s, i).name)),
                "cpu, samples, instructions, alloc-bytes; others as their source calls them.",
                Role::kName),
    text_column("title", HONE_TEXT(s.string(metric(s, i).title)), "For people."),
    text_column("unit", HONE_TEXT(unit_name(metric(s, i).unit)), "count, bytes or ns."),
};

const profile::Cost& cost(const Source& s, size_t i) {
  return s.profile().costs()[i];
}
constexpr ColumnSpec kCosts[] = {
    some_column("metric", Type::kInteger, HONE_PUT(to.id(raw(cost(s, i).metric))),
                "Of metrics.id."),
    text_column("metric_name",
                HONE_TEXT(s.string(s.profile().cost_metrics()[raw(cost(s, i).metric)].name)),
                "Its name."),
    whole("value", HONE_NUMBER(cost(s, i).value), "How much, in the metric's unit."),
    some_column("count", Type::kInteger, HONE_PUT({
                  const uint64_t count = cost(s, i).count;
                  count == 0 ? to.none() : to.whole(static_cast<int64_t>(count));
                }),
                "Of how many events it is the sum; NULL when not known."),
    some_column("stack", Type::kInteger, HONE_PUT(to.id(raw(cost(s, i).stack))),
                "Of stacks.id: where; NULL when not known. See stack_text(id)."),
    text_column("name", HONE_TEXT(stack_name(s, cost(s, i).stack)),
                "Of the innermost function, inlined ones too.", Role::kName),
    kThreadColumn<&cost>,
    kThreadNameColumn<&cost>,
};

const profile::Measurement& measurement(const Source& s, size_t i) {
  return s.profile().measurements()[i];
}
constexpr ColumnSpec kMeasurements[] = {
    text_column("benchmark", HONE_TEXT(s.string(measurement(s, i).benchmark)), "Its name.",
                Role::kName),
    text_column("parameters", HONE_TEXT(s.string(measurement(s, i).parameters)),
                "What it ran with: size=1024/threads=2; empty: none."),
    whole("repetition", HONE_NUMBER(measurement(s, i).repetition), "From 0."),
    text_column("metric", HONE_TEXT(s.string(measurement(s, i).metric)),
                "time, cpu_time, instructions, ..."),
    text_column("unit", HONE_TEXT(s.string(measurement(s, i).unit)),
                "ns, bytes, 1/s, ...; empty: a count."),
    some_column("value", Type::kReal, HONE_PUT(to.real(measurement(s, i).value)), "In that unit."),
    some_column("iterations", Type::kInteger, HONE_PUT({
                  const uint64_t count = measurement(s, i).iterations;
                  count == 0 ? to.none() : to.whole(static_cast<int64_t>(count));
                }),
                "That the value is the mean of; NULL when not known."),
};

}  // namespace

constexpr TableSpec kMetricsTable = {
    .name = "metrics",
    .doc = "What costs are of.",
    .columns = kMetrics,
    .rows = [](const Source& s) { return s.profile().cost_metrics().size() - 1; }};
constexpr TableSpec kCostsTable = {
    .name = "costs",
    .doc = "Sums by stack, of sources that do not say when: profiles of other tools.",
    .columns = kCosts,
    .rows = [](const Source& s) { return s.profile().costs().size(); }};
constexpr TableSpec kMeasurementsTable = {
    .name = "measurements",
    .doc = "What benchmarks measured, each repetition.",
    .columns = kMeasurements,
    .rows = [](const Source& s) { return s.profile().measurements().size(); }};

}  // namespace hone::query
