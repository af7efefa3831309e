// Node: what all cores of one system share. Written before they start, then only read.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actor/actor_type.h"
#include "actor/behavior.h"
#include "actor/delivery/dead_letters.h"
#include "base/log.h"
#include "base/run_queue.h"
#include "base/time.h"
#include "io/reactor.h"
#include "protocols/frame.h"
#include "protocols/key_hash.h"
#include "transport/lane.h"

namespace troupe {

class Core;
class Interceptor;

/// Sees each frame as it is delivered to its actor or its ask, on the receiving core (of a topic's
/// message, each subscriber's). Calls come
/// from all cores, each with its own `core`. Must not send.
class FrameObserver {
 public:
  virtual ~FrameObserver() = default;
  virtual void frame(std::uint16_t core, Time at, const protocols::Frame& frame) = 0;
};

/// How a keyed actor comes to life. Shared by all cores: activate() must not change it.
class ServedType {
 public:
  ServedType(const ActorType& type, Duration idle_after, Group group)
      : type_(type), idle_after_(idle_after), group_(group) {}
  virtual ~ServedType() = default;

  /// Calls the behaviour for `cell`, whose key is set.
  virtual Behavior activate(Cell& cell) const = 0;

  const ActorType& type() const { return type_; }
  Duration idle_after() const { return idle_after_; }
  Group group() const { return group_; }

 private:
  const ActorType& type_;
  Duration idle_after_;
  Group group_;
};

/// What it means that the failure of an actor without a parent is escalated.
enum class OnEscalation : std::uint8_t {
  kStopSystem,  ///< The system ends: main is told to stop, and run() returns kFailed.
  kStopActor,   ///< That actor alone ends.
};

struct NodeOptions {
  unsigned cores = 0;  ///< Set by the system.
  std::uint32_t frame_bytes_max = protocols::kFrameBytesDefault;
  std::uint32_t actors_per_core_max = 1 << 24;
  /// Tightens the contracts' mailbox limits, for tests that want them full. Messages.
  std::uint32_t mailbox_messages_max = 0xffffffff;
  transport::LaneOptions lanes;
  /// Debug builds report what blocks a core's thread; see io::BlockedDetector.
  bool detect_blocking = true;
  /// How each core divides its time, among scheduling groups for one.
  io::ReactorOptions reactor;
  /// What is kept, and logged, of dropped messages.
  DeadLetterOptions dead_letters = {};
  OnEscalation on_escalation = OnEscalation::kStopSystem;
  FrameObserver* observer = nullptr;
  /// For tests: may lose, keep or change what arrives, before the observer sees it.
  Interceptor* interceptor = nullptr;
  Log* log = &Log::standard_error();
  /// The system's, as it stands in paths: see is_system_name().
  std::string name = "troupe";
};

/// Threads: set up before the cores start; afterwards read by all.
class Node {
 public:
  explicit Node(const NodeOptions& options);

  const NodeOptions& options() const { return options_; }
  unsigned cores() const { return options_.cores; }
  std::uint16_t number() const { return 0; }
  transport::LaneMesh& mesh() { return mesh_; }
  Log& log() const { return *options_.log; }

  std::uint16_t owner(std::uint16_t shard) const { return owners_[shard]; }
  std::uint32_t epoch(std::uint16_t) const { return 1; }

  void serve(std::unique_ptr<ServedType> served) { served_.push_back(std::move(served)); }
  /// The served type with this id, or null.
  const ServedType* served(std::uint64_t type) const;
  /// In the order in which they were served.
  const std::vector<std::unique_ptr<ServedType>>& served_types() const { return served_; }

 private:
  NodeOptions options_;
  transport::LaneMesh mesh_;
  std::array<std::uint16_t, protocols::kShards> owners_;
  std::vector<std::unique_ptr<ServedType>> served_;
};

}  // namespace troupe
