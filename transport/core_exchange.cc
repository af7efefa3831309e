#include "transport/core_exchange.h"

#include <cstring>
#include <utility>

#include "base/check.h"
#include "io/memory/core_heap.h"
#include "transport/frame_pools.h"

namespace troupe::transport {

using protocols::Frame;
using protocols::FrameHeader;
using protocols::FrameType;

namespace {

// First word of an entry that carries a pointer and no frame. No frame is that large.
constexpr std::uint32_t kPointer = 0xfffffffe;
constexpr std::uint32_t kHandedOverFrame = 1;
constexpr std::uint32_t kWork = 2;
constexpr std::uint32_t kReturnedBlocks = 3;

}  // namespace

void FrameSink::refuse_beyond_budget(unsigned, Frame*) {
  fail_check(__FILE__, __LINE__, "a frame without room was written, and its sink refuses none");
}

struct CoreExchange::PointerEntry {
  std::uint32_t mark;
  std::uint32_t what;
  void* pointer;
};

LaneMesh::~LaneMesh() { clear(); }

std::uint64_t LaneMesh::clear() {
  std::uint64_t messages = 0;
  // What is handed over is a heap block, and its core is gone with its budget.
  const auto free = [](Frame* frame) { io::CoreHeap::free(frame); };
  const auto count = [&messages](const FrameHeader& header) {
    messages += header.type == FrameType::kTell || header.type == FrameType::kAsk ? 1 : 0;
  };
  const auto empty = [&free, &count](ByteRing& ring) {
    ring.publish();
    const std::uint64_t end = ring.published();
    while (const std::byte* entry = ring.next(end)) {
      const auto& header = *reinterpret_cast<const FrameHeader*>(entry);
      if (header.bytes != kPointer) {
        count(header);
        ring.advance(header.bytes);
        continue;
      }
      CoreExchange::PointerEntry pointer_entry;
      std::memcpy(&pointer_entry, entry, sizeof(pointer_entry));
      ring.advance(sizeof(pointer_entry));
      auto* frame = static_cast<Frame*>(pointer_entry.pointer);
      if (pointer_entry.what == kHandedOverFrame) {
        count(frame->header);
        free(frame);
      }
      while (pointer_entry.what == kReturnedBlocks && frame != nullptr) {
        free(std::exchange(frame, frame->next));
      }
    }
  };
  for (const std::unique_ptr<Lane>& lane : lanes_) {
    if (lane == nullptr) continue;
    empty(lane->control);
    empty(lane->user);
  }
  return messages;
}

CoreExchange::CoreExchange(LaneMesh& mesh, io::Reactor& reactor, FrameSink& sink)
    : mesh_(mesh),
      reactor_(reactor),
      sink_(sink),
      options_(mesh.options()),
      outbound_(mesh.cores()) {
  TROUPE_CHECK(kCopyBytesMax * 2 <= options_.user_ring_bytes &&
                   kCopyBytesMax * 2 <= options_.control_ring_bytes,
               "frames of %zu bytes do not fit twice into the rings of a lane", kCopyBytesMax);
  for (unsigned core = 0; core < mesh.cores(); ++core) {
    if (core != reactor.index()) outbound_[core].lane = &mesh.lane(reactor.index(), core);
  }
  mesh.attach(reactor.index(), reactor);
}

CoreExchange::~CoreExchange() {
  // What other cores no longer took, and heap blocks that found no way home.
  for (unsigned core = 0; core < outbound_.size(); ++core) {
    for (FrameQueue& queue : outbound_[core].spilled) {
      while (!queue.empty()) {
        Frame* frame = queue.pop();
        pool_for(reactor_, frame->header.type).free(frame, frame->block_bytes());
      }
    }
    while (Frame* frame = outbound_[core].returning) {
      outbound_[core].returning = frame->next;
      reactor_.memory().give_back_elsewhere(core, frame, frame->block_bytes());
    }
  }
}

CoreExchange::Place CoreExchange::begin_in_block(unsigned core, std::size_t bytes) {
  return has_room(core, bytes) ? place_in_block(bytes) : Place{};
}

CoreExchange::Place CoreExchange::place_in_block(std::size_t bytes) {
  auto* frame = static_cast<Frame*>(reactor_.messages.try_allocate(sizeof(Frame*) + bytes));
  return frame == nullptr ? Place{} : Place{&frame->header, frame};
}

void CoreExchange::commit_block(unsigned core, Frame* frame) {
  if (!has_room(core, frame->header.bytes)) return sink_.refuse_beyond_budget(core, frame);
  write_or_spill(core, frame, LaneClass::kUser);
}

bool CoreExchange::has_room(unsigned core, std::size_t bytes) const {
  return spilled_bytes_ + bytes <= options_.spill_bytes_max;
}

void CoreExchange::send(unsigned core, Frame* frame, LaneClass lane) {
  write_or_spill(core, frame, lane);
}

Frame* CoreExchange::take_spilled() {
  for (Outbound& outbound : outbound_) {
    FrameQueue& spilled = outbound.spilled[static_cast<int>(LaneClass::kUser)];
    if (spilled.empty()) continue;
    Frame* frame = spilled.pop();
    spilled_bytes_ -= frame->header.bytes;
    return frame;
  }
  return nullptr;
}

void CoreExchange::send_work(unsigned core, Runnable& work) {
  Outbound& outbound = outbound_[core];
  if (outbound.spilled_work.empty() &&
      write_pointer(outbound.lane->control, kWork, static_cast<void*>(&work))) {
    return;
  }
  outbound.spilled_work.push_back(&work);
}

void CoreExchange::release(Frame* frame) {
  if (frame->has(protocols::frame_flag::kHandedOver) &&
      frame->header.source_core != reactor_.index()) [[unlikely]] {
    Frame*& chain = outbound_[frame->header.source_core].returning;
    frame->next = chain;
    chain = frame;
    return;
  }
  pool_for(reactor_, frame->header.type).free(frame, frame->block_bytes());
}

void CoreExchange::write_or_spill(unsigned core, Frame* frame, LaneClass lane) {
  Outbound& outbound = outbound_[core];
  ++frames_sent_;
  FrameQueue& spilled = outbound.spilled[static_cast<int>(lane)];
  ByteRing& ring = lane == LaneClass::kUser ? outbound.lane->user : outbound.lane->control;
  if (spilled.empty() && write(ring, frame)) {
    if (ring.unpublished() >= kEarlyPublishBytes) [[unlikely]]
      publish_early(core, ring);
    return;
  }
  // Behind what already waits, so that the order from this core is kept.
  spilled.push(frame);
  ++spilled_frames_;
  if (lane == LaneClass::kUser) spilled_bytes_ += frame->header.bytes;
}

bool CoreExchange::write(ByteRing& ring, Frame* frame) {
  const std::size_t bytes = frame->header.bytes;
  if (bytes + sizeof(Frame*) > kCopyBytesMax) {
    frame->header.flags |= protocols::frame_flag::kHandedOver;
    frame->header.source_core = reactor_.index();
    return write_pointer(ring, kHandedOverFrame, frame);
  }
  std::byte* at = ring.reserve(bytes);
  if (at == nullptr) return false;
  std::memcpy(at, &frame->header, bytes);
  ring.commit(bytes);
  release(frame);
  return true;
}

bool CoreExchange::write_pointer(ByteRing& ring, std::uint32_t what, void* pointer) {
  std::byte* at = ring.reserve(sizeof(PointerEntry));
  if (at == nullptr) return false;
  const PointerEntry entry{kPointer, what, pointer};
  std::memcpy(at, &entry, sizeof(entry));
  ring.commit(sizeof(PointerEntry));
  return true;
}

void CoreExchange::flush(Outbound& outbound) {
  FrameQueue& control = outbound.spilled[static_cast<int>(LaneClass::kControl)];
  while (!control.empty()) {
    Frame* frame = control.front();
    Frame* next = frame->next;
    if (!write(outbound.lane->control, frame)) break;
    control.drop_front(next);
  }
  FrameQueue& user = outbound.spilled[static_cast<int>(LaneClass::kUser)];
  while (!user.empty()) {
    Frame* frame = user.front();
    Frame* next = frame->next;
    const std::size_t bytes = frame->header.bytes;
    if (!write(outbound.lane->user, frame)) break;
    user.drop_front(next);
    spilled_bytes_ -= bytes;
  }
  std::size_t sent = 0;
  for (Runnable* work : outbound.spilled_work) {
    if (!write_pointer(outbound.lane->control, kWork, static_cast<void*>(work))) break;
    ++sent;
  }
  outbound.spilled_work.erase(outbound.spilled_work.begin(),
                              outbound.spilled_work.begin() + static_cast<std::ptrdiff_t>(sent));
  if (outbound.returning != nullptr &&
      write_pointer(outbound.lane->control, kReturnedBlocks, outbound.returning)) {
    outbound.returning = nullptr;
  }
}

void CoreExchange::publish_early(unsigned core, ByteRing& ring) {
  if (!reactor_.backend().publishes_now()) return;
  ring.publish();
  mesh_.reactor(core).wake_if_sleeping();
}

bool CoreExchange::publish() {
  if (!room_waiters_.empty()) [[unlikely]]
    wake_room_waiters();
  // Whom that woke has yet to run: this core must not sleep upon it.
  bool left = !reactor_.ready.empty();
  for (unsigned core = 0; core < outbound_.size(); ++core) {
    Outbound& outbound = outbound_[core];
    if (outbound.lane == nullptr) continue;
    flush(outbound);
    Lane& lane = *outbound.lane;
    left |= !outbound.spilled[0].empty() || !outbound.spilled[1].empty() ||
            !outbound.spilled_work.empty() || outbound.returning != nullptr;
    if (!lane.control.has_unpublished() && !lane.user.has_unpublished()) continue;
    if (!reactor_.backend().publishes_now()) {
      left = true;
      continue;
    }
    if (lane.control.has_unpublished()) lane.control.publish();
    if (lane.user.has_unpublished()) lane.user.publish();
    mesh_.reactor(core).wake_if_sleeping();
  }
  return left;
}

// Before anything is published, so that what they send at once is published with it.
void CoreExchange::wake_room_waiters() {
  for (Outbound& outbound : outbound_) {
    if (outbound.lane != nullptr) flush(outbound);
  }
  // Half empty, so that those who wait are not woken for one frame each.
  if (spilled_bytes_ <= options_.spill_bytes_max / 2) room_waiters_.wake_all();
}

bool CoreExchange::receive() {
  bool any = false;
  // Control of all lanes before user messages of any.
  for (unsigned core = 0; core < outbound_.size(); ++core) {
    if (core != reactor_.index()) any |= drain(mesh_.lane(core, reactor_.index()).control);
  }
  for (unsigned core = 0; core < outbound_.size(); ++core) {
    if (core != reactor_.index()) any |= drain(mesh_.lane(core, reactor_.index()).user);
  }
  return any;
}

bool CoreExchange::has_inbound() const {
  for (unsigned core = 0; core < outbound_.size(); ++core) {
    if (core == reactor_.index()) continue;
    const Lane& lane = mesh_.lane(core, reactor_.index());
    if (lane.control.has_published() || lane.user.has_published()) return true;
  }
  return false;
}

bool CoreExchange::drain(ByteRing& ring) {
  const std::uint64_t end = ring.published();
  bool any = false;
  while (const std::byte* entry = ring.next(end)) {
    any = true;
    const auto bytes = *reinterpret_cast<const std::uint32_t*>(entry);
    if (bytes == kPointer) [[unlikely]] {
      PointerEntry pointer_entry;
      std::memcpy(&pointer_entry, entry, sizeof(pointer_entry));
      ring.advance(sizeof(PointerEntry));
      take_pointer(pointer_entry);
      continue;
    }
    take_frame(ring, entry, bytes);
  }
  if (any) ring.release_entries();
  return any;
}

inline void CoreExchange::take_frame(ByteRing& ring, const std::byte* entry, std::size_t bytes) {
  ++frames_received_;
  const auto& header = *reinterpret_cast<const FrameHeader*>(entry);
  const std::size_t block_bytes = sizeof(Frame*) + bytes;
  auto* frame = static_cast<Frame*>(protocols::is_control(header.type)
                                        ? reactor_.blocks.allocate(block_bytes)
                                        : reactor_.messages.try_allocate(block_bytes));
  if (frame == nullptr) [[unlikely]]
    return refuse_frame(ring, entry, bytes);
  std::memcpy(&frame->header, entry, bytes);
  ring.advance(bytes);
  sink_.deliver(frame);
}

// What its asker is owed and what it holds is in its words, so they must lie somewhere for a
// moment.
[[gnu::cold, gnu::noinline]] void CoreExchange::refuse_frame(ByteRing& ring, const std::byte* entry,
                                                             std::size_t bytes) {
  const std::size_t block_bytes = sizeof(Frame*) + bytes;
  auto* frame = static_cast<Frame*>(reactor_.blocks.allocate(block_bytes));
  std::memcpy(&frame->header, entry, bytes);
  ring.advance(bytes);
  sink_.refuse(frame);
  reactor_.blocks.free(frame, block_bytes);
}

void CoreExchange::take_pointer(const PointerEntry& entry) {
  if (entry.what == kHandedOverFrame) {
    ++frames_received_;
    sink_.deliver(static_cast<Frame*>(entry.pointer));
  } else if (entry.what == kWork) {
    reactor_.ready.push(*static_cast<Runnable*>(entry.pointer));
  } else {
    TROUPE_CHECK(entry.what == kReturnedBlocks, "a lane holds an entry of unknown kind %u",
                 entry.what);
    take_home(static_cast<Frame*>(entry.pointer));
  }
}

// Handed-over blocks that another core was done with, as a chain.
void CoreExchange::take_home(Frame* frame) {
  std::uint64_t blocks = 0;
  for (; frame != nullptr; ++blocks) {
    Frame* next = frame->next;
    reactor_.memory().give_back(frame, frame->block_bytes());
    frame = next;
  }
  reactor_.memory().note_foreign_frees(blocks);
}

}  // namespace troupe::transport
