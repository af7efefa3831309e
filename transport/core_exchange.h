// CoreExchange: the ends of all lanes at one core: writes frames out, takes frames in, each turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "io/exchange.h"
#include "io/reactor.h"
#include "protocols/frame.h"
#include "transport/frame_queue.h"
#include "transport/lane.h"
#include "transport/room_waiters.h"

namespace troupe::transport {

/// What receives frames at a core; the actor layer implements it.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  /// `frame` is a block of this core (or handed over to it); the sink owns it from here.
  virtual void deliver(protocols::Frame* frame) = 0;
  /// A user message has come and there is no memory to keep it in: drops it, with all that belongs
  /// to that. `frame` is the caller's, who frees it.
  virtual void refuse(protocols::Frame* frame) = 0;
  /// A frame of place_in_block() for `core` exceeds the budget; the sink owns it from here. Not
  /// called for a sink that asks for no such place.
  virtual void refuse_beyond_budget(unsigned core, protocols::Frame* frame);
};

/// Thread: owner core only.
class CoreExchange final : public io::Exchange {
 public:
  CoreExchange(LaneMesh& mesh, io::Reactor& reactor, FrameSink& sink);
  ~CoreExchange() override;

  /// Where a frame for another core is written: in the ring, or in a block if it must wait.
  /// `header` is null if there is no room (has_room()), or else no memory.
  struct Place {
    protocols::FrameHeader* header = nullptr;
    protocols::Frame* block = nullptr;  ///< Set if the frame is in a block and not in the ring.
    protocols::Word* words() const { return reinterpret_cast<protocols::Word*>(header + 1); }
  };

  /// Room for a user frame of `bytes` (header included) to `core`. The caller fills header and
  /// words and calls commit() before anything else happens here.
  Place begin(unsigned core, std::size_t bytes) {
    Outbound& outbound = outbound_[core];
    if (outbound.spilled[static_cast<int>(LaneClass::kUser)].empty() &&
        bytes <= kCopyBytesMax - sizeof(protocols::Frame*)) [[likely]] {
      if (std::byte* at = outbound.lane->user.reserve(bytes); at != nullptr) [[likely]] {
        return Place{reinterpret_cast<protocols::FrameHeader*>(at), nullptr};
      }
    }
    return begin_in_block(core, bytes);
  }
  /// For a frame that begin() has no room for: it is written all the same, and commit() gives it to
  /// FrameSink::refuse_beyond_budget(). Without a header if there is no memory for it either.
  Place place_in_block(std::size_t bytes);
  /// `bytes` as it was given to begin().
  void commit(unsigned core, Place place, std::size_t bytes) {
    if (place.block != nullptr) [[unlikely]]
      return commit_block(core, place.block);
    ByteRing& ring = outbound_[core].lane->user;
    ring.commit(bytes);
    ++frames_sent_;
    if (ring.unpublished() >= kEarlyPublishBytes) [[unlikely]]
      publish_early(core, ring);
  }

  /// Whether a frame of `bytes` would be taken now.
  bool has_room(unsigned core, std::size_t bytes) const;
  /// Whether it could ever be: it fits the whole budget. Who waits for another waits for ever.
  bool could_have_room(std::size_t bytes) const { return bytes <= options_.spill_bytes_max; }

  /// Sends a block of this core and gives up its ownership. User frames must have room
  /// (has_room()); control frames always do.
  void send(unsigned core, protocols::Frame* frame, LaneClass lane);

  /// Runs `work` on `core`. It must live until it has run; whoever made it learns that by being
  /// sent back the same way.
  void send_work(unsigned core, Runnable& work);

  /// Frees a frame: on this core, or by sending a handed-over block home.
  void release(protocols::Frame* frame);

  /// A user frame that still waits for a ring, owned by the caller from here; null if none does.
  /// For the end, when nobody will read the ring.
  protocols::Frame* take_spilled();

  /// Who waits for has_room() to become true again.
  RoomWaiters& room_waiters() { return room_waiters_; }

  // io::Exchange
  bool receive() override;
  bool publish() override;
  bool has_inbound() const override;

  /// Bytes held back because rings are full, under `spill_bytes_max`.
  std::size_t spilled_bytes() const { return spilled_bytes_; }
  std::uint64_t frames_sent() const { return frames_sent_; }
  std::uint64_t frames_received() const { return frames_received_; }
  std::uint64_t spilled_frames() const { return spilled_frames_; }

 private:
  struct Outbound {
    Lane* lane = nullptr;
    FrameQueue spilled[2];                  // by LaneClass
    std::vector<Runnable*> spilled_work;    // waits for room in the control ring
    protocols::Frame* returning = nullptr;  // handed-over blocks on their way home
  };
  friend class LaneMesh;  // empties the rings at the end
  struct PointerEntry;

  Place begin_in_block(unsigned core, std::size_t bytes);
  void commit_block(unsigned core, protocols::Frame* frame);
  bool write(ByteRing& ring, protocols::Frame* frame);
  bool write_pointer(ByteRing& ring, std::uint32_t what, void* pointer);
  void write_or_spill(unsigned core, protocols::Frame* frame, LaneClass lane);
  void flush(Outbound& outbound);
  void publish_early(unsigned core, ByteRing& ring);
  void wake_room_waiters();
  bool drain(ByteRing& ring);
  void take_frame(ByteRing& ring, const std::byte* entry, std::size_t bytes);
  void refuse_frame(ByteRing& ring, const std::byte* entry, std::size_t bytes);
  void take_pointer(const PointerEntry& entry);
  void take_home(protocols::Frame* frame);

  LaneMesh& mesh_;
  io::Reactor& reactor_;
  FrameSink& sink_;
  const LaneOptions options_;
  std::vector<Outbound> outbound_;
  std::size_t spilled_bytes_ = 0;
  std::uint64_t frames_sent_ = 0;
  std::uint64_t frames_received_ = 0;
  std::uint64_t spilled_frames_ = 0;
  RoomWaiters room_waiters_;
};

}  // namespace troupe::transport
