// Perfetto's traces, as its recorder, its SDK, Chrome, Android and others write them: packets of
// protocol buffers, one behind the other. Format: protos/perfetto/trace/ of google/perfetto.
//
// Packets of one sequence rest on those before: a number stands for a name that was told once. What
// needs such state and has none (its beginning was written over, or packets were lost) is counted
// and left out, as Perfetto's own reader does.
#include <fmt/format.h>
#include <zlib.h>

#include <memory>
#include <optional>
#include <unordered_map>

#include "exchange/import.h"
#include "exchange/import_perfetto_clocks.h"
#include "exchange/import_perfetto_events.h"
#include "exchange/import_perfetto_gauges.h"
#include "exchange/import_perfetto_gpu.h"
#include "exchange/import_perfetto_kernel.h"
#include "exchange/import_perfetto_processes.h"
#include "exchange/import_perfetto_samples.h"
#include "exchange/import_perfetto_sequence.h"
#include "exchange/import_perfetto_tracks.h"
#include "exchange/perfetto_fields.h"
#include "exchange/proto_reader.h"

namespace hone::exchange {
namespace perfetto_import {
namespace {

// Packets that are packed together are unpacked as a whole; Perfetto packs some 512 KiB.
constexpr size_t kUnpackedMost = size_t{64} << 20;
// Perfetto's recorder numbers them by 16 bits. Each costs more than a kilobyte.
constexpr size_t kSequencesMost = size_t{1} << 16;

namespace packet_field = perfetto_fields::packet_field;

// Of what recorders say about themselves nothing is missed.
bool is_about_recorder(uint32_t field) {
  switch (field) {
    case 33:   // trace_config
    case 34:   // ftrace_stats
    case 35:   // trace_stats
    case 36:   // synchronization_marker
    case 45:   // system_info
    case 46:   // trigger
    case 51:   // chrome_metadata
    case 67:   // cpu_info
    case 69:   // service_event
    case 72:   // extension_descriptor
    case 78:   // ui_state
    case 89:   // trace_uuid
    case 109:  // chrome_trigger
    case 113:  // clone_snapshot_trigger
    case 124:  // trace_provenance
    case 126:  // trace_attributes
      return true;
    default:
      return false;
  }
}

struct Packet {
  uint64_t stamp = 0, flags = 0;
  uint32_t sequence = 0, clock = 0, kind = 0, machine = 0;
  std::string_view interned, defaults, data, second;  // of its kind; of a kind beside that
  uint32_t second_kind = 0;
  bool has_stamp = false, has_clock = false, lost = false;
};

void read_packet(ProtoReader& at, Packet& out) {
  out = {};
  while (at.next()) {
    switch (at.field()) {
      case packet_field::kTimestamp:
        out.stamp = at.number();
        out.has_stamp = true;
        break;
      case packet_field::kSequence:
        out.sequence = static_cast<uint32_t>(at.number());
        break;
      case packet_field::kSequenceFlags:
        out.flags |= at.number();
        break;
      case packet_field::kStateCleared:
        if (at.number() != 0) out.flags |= packet_field::kCleared;
        break;
      case packet_field::kInternedData:
        out.interned = at.bytes();
        break;
      case packet_field::kDefaults:
        out.defaults = at.bytes();
        break;
      case packet_field::kTimestampClock:
        out.clock = static_cast<uint32_t>(at.number());
        out.has_clock = true;
        break;
      case packet_field::kPacketDropped:
        out.lost = at.number() != 0;
        break;
      case packet_field::kMachine:
        out.machine = static_cast<uint32_t>(at.number());
        break;
      case packet_field::kUid:
      case packet_field::kPid:
        break;
      default:
        if (!at.is_bytes()) break;
        // One is what a packet has; what is no part of Perfetto's own may stand beside it.
        if (out.kind == 0) {
          out.kind = at.field();
          out.data = at.bytes();
        } else if (out.second_kind == 0) {
          out.second_kind = at.field();
          out.second = at.bytes();
        }
    }
  }
}

class PerfettoFile {
 public:
  PerfettoFile(Input& in, Intake& to)
      : in_(in),
        to_(to),
        clocks_(to),
        tracks_(to),
        events_(to, tracks_),
        gauges_(to),
        processes_(to, gauges_),
        samples_(to),
        kernel_(to, clocks_, processes_, gauges_),
        gpu_(to, tracks_) {}

  Result<void> read() {
    while (true) {
      ProtoReader at(in_.rest());
      while (at.next()) {
        if (at.field() != 1) continue;
        if (!take(at.bytes(), 0)) return damaged(at.taken() - at.bytes().size());
      }
      if (at.state() == ProtoReader::State::kBad) return damaged(at.taken());
      in_.take(at.taken());
      HONE_TRY_ASSIGN(const bool more, in_.more());
      if (more) continue;
      if (!in_.rest().empty()) {
        to_.left("import.cut_short", "the file ends in the middle of a packet, which is left out",
                 1, recording::kDataLoss);
      }
      break;
    }
    finish();
    return {};
  }

 private:
  // What waits for the file's end has a limit, wherever it is kept.
  bool keep() {
    auto kept = in_.held().set(clocks_.held() + tracks_.held() + to_.held());
    if (kept) [[likely]]
      return true;
    full_ = std::move(kept.error());
    return false;
  }

  tl::unexpected<Error> damaged(size_t taken) {
    if (full_) return tl::unexpected(std::move(*full_));
    const uint64_t offset = in_.offset() + taken;
    Error error{.code = Code::Corrupt,
                .message = fmt::format("{}: no packet of Perfetto's format at byte {} (behind {} "
                                       "packets)",
                                       in_.name(), offset, packets_),
                .offset = offset};
    return tl::unexpected(std::move(error));
  }

  // nullptr: of more than a file may have.
  Sequence* sequence_of(uint32_t number) {
    if (last_ != nullptr && last_->number == number) return last_;
    auto found = sequences_.find(number);
    if (found == sequences_.end()) {
      if (sequences_.size() == kSequencesMost) return nullptr;
      found = sequences_.emplace(number, std::make_unique<Sequence>()).first;
      found->second->number = number;
    }
    return last_ = found->second.get();
  }

  // Clocks, threads and CPUs of each have numbers of their own.
  bool is_of_other_machine(const Packet& packet) {
    if (!machine_) machine_ = packet.machine;
    of_other_machines_ += *machine_ != packet.machine;
    return *machine_ != packet.machine;
  }

  // False: its bytes are no packet, or there is no more room.
  bool take(std::string_view bytes, int layers) {
    Packet packet;
    ProtoReader at(bytes);
    read_packet(at, packet);
    if (!at.good()) return false;
    ++packets_;
    if (packet.kind == packet_field::kPacked) return take_packed(packet.data, layers);
    if (is_of_other_machine(packet)) return true;
    Sequence* const known = sequence_of(packet.sequence);
    if (known == nullptr) {
      ++beyond_sequences_;
      return true;
    }
    Sequence& sequence = *known;
    if (packet.lost && sequence.was_seen) {
      ++losses_;
      sequence.is_whole = false;
    }
    sequence.was_seen = true;
    if ((packet.flags & packet_field::kCleared) != 0) sequence.clear();
    if ((packet.flags & packet_field::kNeedsState) != 0 && !sequence.is_whole) {
      ++no_state_;
      return true;
    }
    if (!packet.defaults.empty()) sequence.take_defaults(packet.defaults);
    if (!packet.interned.empty()) sequence.take_interned(packet.interned);
    take_kind(sequence, packet);
    if (packet.second_kind != 0) left_over(packet.second_kind);
    return keep();
  }

  // Times are asked for where they are needed: an incremental clock goes on with each.
  bool time_of(Sequence& sequence, const Packet& packet, TimeNs& out) {
    const uint32_t clock = packet.has_clock ? packet.clock : sequence.clock;
    return clocks_.convert(clock, sequence.number, packet.stamp, out);
  }

  // Of what has no other time than its packet's.
  bool stamp_of(Sequence& sequence, const Packet& packet, TimeNs& out) {
    if (packet.has_stamp) return time_of(sequence, packet, out);
    ++no_time_;
    return false;
  }

  // Of writers that have times in events and not in packets.
  bool time_of(Sequence& sequence, const Event& event, TimeNs& out) {
    if (!event.has.time_delta && !event.has.time_absolute) return false;
    int64_t us = event.time_us;
    if (event.has.time_delta && __builtin_add_overflow(sequence.time_us, event.time_us, &us)) {
      return false;
    }
    if (event.has.time_delta) sequence.time_us = us;
    int64_t ns = 0;
    if (us < 0 || __builtin_mul_overflow(us, 1000, &ns)) return false;
    return clocks_.convert(Clocks::kMonotonic, sequence.number, static_cast<uint64_t>(ns), out);
  }

  void take_event(Sequence& sequence, const Packet& packet) {
    read_event(packet.data, event_);
    TimeNs time{};
    const bool is_known =
        packet.has_stamp ? time_of(sequence, packet, time) : time_of(sequence, event_, time);
    if (is_known) {
      events_.take(sequence, event_, time);
    } else if (!packet.has_stamp) {
      ++no_time_;
    }
  }

  void take_stats(Sequence& sequence, const Packet& packet) {
    std::optional<TimeNs> time = TimeNs{};
    if (!packet.has_stamp || !time_of(sequence, packet, *time)) time.reset();
    const bool has_values = processes_.take_stats(packet.data, time);
    no_time_ += has_values && !packet.has_stamp;
  }

  void take_kind(Sequence& sequence, const Packet& packet) {
    TimeNs time{};
    switch (packet.kind) {
      case packet_field::kTrackEvent:
        return take_event(sequence, packet);
      case packet_field::kKernelEvents:
        return kernel_.take_bundle(packet.data, sequence.number);
      case packet_field::kPerfSample:
        if (stamp_of(sequence, packet, time)) samples_.take_perf(sequence, packet.data, time);
        return;
      case packet_field::kStreamingProfile:
        if (stamp_of(sequence, packet, time)) samples_.take_streaming(sequence, packet.data, time);
        return;
      case packet_field::kGpuStage:
        if (stamp_of(sequence, packet, time)) gpu_.take(sequence, packet.data, time);
        return;
      case packet_field::kTrackDescriptor:
        tracks_.describe(packet.data);
        break;
      case packet_field::kClockSnapshot:
        return clocks_.take_snapshot(packet.data, sequence.number);
      case packet_field::kProcessTree:
        processes_.take_tree(packet.data);
        break;
      case packet_field::kProcessStats:
        return take_stats(sequence, packet);
      case packet_field::kProcessDescriptor:
        sequence.pid = tracks_.take_process(packet.data).pid;
        break;
      case packet_field::kThreadDescriptor: {
        const Tracks::Numbers numbers = tracks_.take_thread(packet.data);
        sequence.has_thread = true;
        sequence.pid = numbers.pid;
        sequence.tid = numbers.tid;
        sequence.time_us = numbers.time_us;
        break;
      }
      case 0:
        break;
      default:
        left_over(packet.kind);
    }
    // Of a clock that counts on from the packet before, none may be passed over.
    if (packet.has_stamp && packet.stamp != 0) (void)time_of(sequence, packet, time);
  }

  void left_over(uint32_t kind) {
    if (is_about_recorder(kind)) return;
    to_.left(fmt::format("import.packet_{}", kind),
             "packets of a kind (the number of their field in TracePacket) that is not taken");
  }

  // Whole packets, packed by zlib.
  bool take_packed(std::string_view packed, int layers) {
    if (layers > 0 || !unpack(packed)) {
      to_.left("import.packed_packets", "packed packets that cannot be unpacked are left out", 1,
               recording::kDataLoss);
      return true;
    }
    ProtoReader at(std::string_view(unpacked_).substr(0, unpacked_bytes_));
    while (at.next()) {
      if (at.field() == 1 && !take(at.bytes(), layers + 1)) return false;
    }
    return at.good();
  }

  bool unpack(std::string_view packed) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) return false;
    // zlib does not write to it.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    size_t size = 0;
    int state = Z_OK;
    while (state == Z_OK && size < kUnpackedMost) {
      if (unpacked_.size() < size + kUnpackStep) unpacked_.resize(size + kUnpackStep);
      stream.next_out = reinterpret_cast<Bytef*>(unpacked_.data() + size);
      stream.avail_out = static_cast<uInt>(unpacked_.size() - size);
      const size_t room = stream.avail_out;
      state = inflate(&stream, Z_NO_FLUSH);
      size += room - stream.avail_out;
    }
    inflateEnd(&stream);
    unpacked_bytes_ = size;
    return state == Z_STREAM_END;
  }

  void finish() {
    events_.finish();
    tracks_.finish();
    gpu_.finish();
    samples_.finish();
    kernel_.finish();
    // A process that has nothing else is named, too.
    gauges_.finish();
    processes_.finish();
    clocks_.finish();
    to_.left("import.no_state",
             "packets that rest on others which are not in the file are left out", no_state_,
             recording::kDataLoss);
    to_.left("import.packets_lost", "stretches in which the recorder lost packets", losses_,
             recording::kDataLoss);
    to_.left("import.packets_of_sequences",
             fmt::format("packets of more than {} sequences are left out", kSequencesMost),
             beyond_sequences_, recording::kDataLoss);
    to_.left("import.other_machines",
             "packets of other machines (virtual ones, say) than the first of the trace are left "
             "out",
             of_other_machines_, recording::kDataLoss);
    uint64_t paths_cut = 0;
    for (const auto& [number, sequence] : sequences_) paths_cut += sequence->paths_cut;
    to_.left("import.paths_cut", "paths of files that are too long, of which the rest is cut off",
             paths_cut);
    to_.left("import.no_time", "events without a time are left out", no_time_,
             recording::kDataLoss);
  }

  static constexpr size_t kUnpackStep = size_t{1} << 20;

  Input& in_;
  Intake& to_;
  Clocks clocks_;
  Tracks tracks_;
  Events events_;
  Gauges gauges_;
  Processes processes_;
  Samples samples_;
  Kernel kernel_;
  GpuStages gpu_;
  std::unordered_map<uint32_t, std::unique_ptr<Sequence>> sequences_;
  Sequence* last_ = nullptr;
  Event event_;
  std::string unpacked_;  // as large as was needed for one so far: to grow it clears what is new
  size_t unpacked_bytes_ = 0;
  uint64_t packets_ = 0, no_state_ = 0, losses_ = 0, no_time_ = 0, beyond_sequences_ = 0,
           of_other_machines_ = 0;
  std::optional<uint32_t> machine_;  // that of the first packet
  std::optional<Error> full_;
};

}  // namespace
}  // namespace perfetto_import

// Whole packets at the beginning, one of which says something that every trace says. Damage behind
// several of them is for the importer to tell of.
bool fits_perfetto(std::string_view head) {
  using namespace perfetto_import;
  constexpr int kPacketsEnough = 3;
  ProtoReader at(head);
  int packets = 0;
  bool any = false, is_whole = true;
  for (; is_whole && at.next(); ++packets) {
    Packet packet;
    ProtoReader inner(at.bytes());
    read_packet(inner, packet);
    is_whole = at.field() == 1 && at.is_bytes() && inner.good();
    if (!is_whole) break;
    any = any || packet.sequence != 0 || packet.has_stamp || packet.kind == packet_field::kPacked ||
          packet.kind == packet_field::kClockSnapshot || is_about_recorder(packet.kind);
  }
  is_whole = is_whole && at.state() != ProtoReader::State::kBad;
  return any && (is_whole || packets >= kPacketsEnough);
}

Result<void> import_perfetto(Input& in, Intake& to) {
  return perfetto_import::PerfettoFile(in, to).read();
}

}  // namespace hone::exchange
