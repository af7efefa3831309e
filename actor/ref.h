// Ref<A>: a typed reference to an actor. The protocol is part of its type.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "actor/address.h"
#include "actor/ask.h"
#include "actor/control_frames.h"
#include "actor/target.h"
#include "actor/tell.h"
#include "base/time.h"
#include "protocols/struct_reader.h"
#include "protocols/struct_size.h"
#include "protocols/struct_writer.h"

namespace troupe {

/// How keys of the types that contracts allow become bytes, and back.
template <class Key>
struct KeyCodec;
template <>
struct KeyCodec<std::string_view> {
  static std::string_view encode(const std::string_view& key, char (&)[8]) { return key; }
  static std::string_view decode(std::string_view bytes) { return bytes; }
};
template <>
struct KeyCodec<std::span<const std::byte>> {
  static std::string_view encode(const std::span<const std::byte>& key, char (&)[8]) {
    return {reinterpret_cast<const char*>(key.data()), key.size()};
  }
  static std::span<const std::byte> decode(std::string_view bytes) {
    return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
  }
};
template <class Integer>
  requires(std::is_integral_v<Integer> && sizeof(Integer) == 8)
struct KeyCodec<Integer> {
  // Little endian, eight bytes: what every node hashes.
  static std::string_view encode(const Integer& key, char (&buffer)[8]) {
    std::memcpy(buffer, &key, 8);
    return {buffer, 8};
  }
  static Integer decode(std::string_view bytes) {
    // What another program sent as a key may be shorter.
    Integer key = 0;
    std::memcpy(&key, bytes.data(), bytes.size() < 8 ? bytes.size() : 8);
    return key;
  }
};

/// How references lie in messages: ActorRef of troupe.capnp.
struct RefCodec {
  static constexpr protocols::StructSize kSize{3, 1};
  static std::size_t words(const Address&) { return kSize.words(); }
  static std::size_t words(const KeyedTarget& target) {
    return kSize.words() + protocols::bytes_words(target.key().size());
  }
  static void write(protocols::StructWriter parent, unsigned index, const Address& address);
  static void write(protocols::StructWriter parent, unsigned index, const KeyedTarget& target);
  static void write(protocols::StructWriter field, const Address& address);
  static void write(protocols::StructWriter field, const KeyedTarget& target);
  static void read(protocols::StructReader field, Address& address);
  static void read(protocols::StructReader field, KeyedTarget& target);
};

/// A reference to an actor with protocol A (a struct that actorc generated). Copyable; sends
/// nothing by itself. To a spawned actor: 12 bytes, never reaches a successor. To a keyed actor:
/// its key; reaches whoever lives under it. Usable on every core; a default one is nobody's.
template <class A>
class Ref {
 public:
  using Target = std::conditional_t<A::kKeyed, KeyedTarget, Address>;

  Ref() = default;
  explicit Ref(Address address)
    requires(!A::kKeyed)
      : target_(address) {}
  /// The keyed actor `key`: it need not be active, nor ever have been.
  template <class B = A>
    requires(B::kKeyed)
  explicit Ref(const typename B::Key& key) {
    char buffer[8];
    target_ = KeyedTarget(A::kId, KeyCodec<typename B::Key>::encode(key, buffer));
  }

  /// `ref.tell().freeze("why");` at most once, never blocks; drops are counted and warned about.
  auto tell() const { return typename A::template Tells<TellDelivery<Target>>(target_); }
  /// As tell, but returns a Status that says why nothing was sent.
  auto try_tell() const { return typename A::template Tells<TryTellDelivery<Target>>(target_); }
  /// `co_await ref.tell_or_wait().freeze("why")`: waits for room; suspends only this coroutine.
  /// Room in the mailbox on this core, in the lane to another: a full mailbox there drops by its
  /// policy.
  auto tell_or_wait() const {
    return typename A::template Tells<TellOrWaitDelivery<Target>>(target_);
  }
  /// `co_await ref.ask(within(200ms)).deposit(7, 100)`: a Result of the reply. While an ask is
  /// being handled its deadline bounds the asks made for it.
  auto ask(Deadline deadline) const {
    return typename A::template Asks<AskDelivery<Target>>(target_, deadline);
  }

  /// Asks it to stop: control, ahead of what is queued. Of a keyed actor, the present activation.
  void stop() const {
    Core& core = Core::current();
    core.send_control(static_cast<std::uint16_t>(core_of(core, target_)),
                      new_stop(core, protocols::FrameType::kStop));
  }
  /// Has it fail (FailureKind::kKilled): what it awaits ends, it gets no further message, and its
  /// supervisor decides; a default one stops it.
  void kill() const
    requires(!A::kKeyed)
  {
    Core& core = Core::current();
    core.send_control(target_.core, stop_frame(core, protocols::FrameType::kKill, target_));
  }
  /// Asks it to stop once it has handled what was sent to it before. Never dropped.
  void stop_after_queued() const {
    Core& core = Core::current();
    protocols::Frame* frame = new_stop(core, protocols::FrameType::kStopAfterQueued);
    const unsigned to = core_of(core, target_);
    if (to < core.node().cores()) {
      core.send(static_cast<std::uint16_t>(to), frame);
    } else {
      core.release(frame);
    }
  }

  const Target& target() const { return target_; }
  Address address() const
    requires(!A::kKeyed)
  {
    return target_;
  }
  auto key() const
    requires(A::kKeyed)
  {
    return KeyCodec<typename A::Key>::decode(target_.key());
  }
  friend bool operator==(const Ref&, const Ref&) = default;

  // For generated code: a reference as a field of a message, and as an element of a List.
  static constexpr protocols::StructSize kSize = RefCodec::kSize;
  std::size_t words() const { return RefCodec::words(target_); }
  void write_to(protocols::StructWriter parent, unsigned index) const {
    RefCodec::write(parent, index, target_);
  }
  void write_to(protocols::StructWriter field) const { RefCodec::write(field, target_); }
  static Ref read_from(protocols::StructReader field) {
    Ref ref;
    RefCodec::read(field, ref.target_);
    if constexpr (A::kKeyed) {
      // Another program may have named another type of actor: that is nobody of ours.
      if (ref.target_.type() != A::kId) return Ref();
    }
    return ref;
  }

 private:
  protocols::Frame* new_stop(Core& core, protocols::FrameType type) const {
    return new_frame_for(core, target_, MessageSpec{static_cast<std::uint32_t>(A::kId), 0}, type,
                         0);
  }
  Target target_;
};

namespace detail {
inline std::size_t hash_of(const Address& target) {
  return protocols::key_hash(0, &target, sizeof(target));
}
inline std::size_t hash_of(const KeyedTarget& target) {
  return protocols::key_hash(target.type(), target.key().data(), target.key().size());
}
}  // namespace detail

}  // namespace troupe

/// References are keys of unordered containers. Nothing that is seen should depend on their order.
template <class A>
struct std::hash<troupe::Ref<A>> {
  std::size_t operator()(const troupe::Ref<A>& ref) const noexcept {
    return troupe::detail::hash_of(ref.target());
  }
};
