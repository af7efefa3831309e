// Lane: the two rings from one core to another: control, which never waits, and user messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "io/reactor.h"
#include "transport/byte_ring.h"

namespace troupe::transport {

/// Which of the two.
enum class LaneClass : std::uint8_t { kControl = 0, kUser = 1 };

/// Blocks up to this are copied through a ring; of larger ones the ownership is handed over. The
/// same bound as the pools', so that what is handed over is always a heap block.
inline constexpr std::size_t kCopyBytesMax = BlockPool::kPooledBytesMax;

/// A long turn publishes what it wrote so far after so many bytes: the other core works meanwhile,
/// two cores that ask each other do not take turns in waiting, and rings do not fill for want of a
/// reader. About twenty small frames.
inline constexpr std::uint64_t kEarlyPublishBytes = 1024;

/// Both rings must be powers of two and hold at least two frames of kCopyBytesMax.
struct LaneOptions {
  std::size_t user_ring_bytes = 256 * 1024;
  std::size_t control_ring_bytes = 64 * 1024;
  /// What one core may hold back in memory when rings are full, over all lanes; user frames beyond
  /// are refused. Control frames and answers are outside it: their number is bounded by the
  /// relations and open asks that cause them.
  std::size_t spill_bytes_max = 64 << 20;
};

struct Lane {
  explicit Lane(const LaneOptions& options)
      : control(options.control_ring_bytes), user(options.user_ring_bytes) {}
  ByteRing control;
  ByteRing user;
};

/// All lanes of a node, and the reactors at their ends. Made before the cores start, ended after.
class LaneMesh {
 public:
  LaneMesh(unsigned cores, const LaneOptions& options)
      : options_(options), cores_(cores), reactors_(cores), lanes_(cores * cores) {
    for (unsigned source = 0; source < cores; ++source) {
      for (unsigned target = 0; target < cores; ++target) {
        if (source != target) lanes_[source * cores + target] = std::make_unique<Lane>(options);
      }
    }
  }

  ~LaneMesh();
  LaneMesh(const LaneMesh&) = delete;
  LaneMesh& operator=(const LaneMesh&) = delete;

  /// Empties the lanes, frees the blocks in them, and gives the number of tells and asks that
  /// nobody took out. Call when no core runs.
  std::uint64_t clear();

  unsigned cores() const { return cores_; }
  const LaneOptions& options() const { return options_; }
  Lane& lane(unsigned source, unsigned target) { return *lanes_[source * cores_ + target]; }

  /// Set on each core before any core takes its first turn; the engine's barrier publishes it.
  void attach(unsigned core, io::Reactor& reactor) { reactors_[core] = &reactor; }
  io::Reactor& reactor(unsigned core) { return *reactors_[core]; }

 private:
  LaneOptions options_;
  unsigned cores_;
  std::vector<io::Reactor*> reactors_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace troupe::transport
