// The messages of golden contracts that are fuzzed: how to read all of one through generated code.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>

#include "actor/actor.h"
#include "codegen/golden/described.h"
#include "codegen/golden/golden_descriptions.h"

namespace troupe {

/// Reads every byte of a value; the sum keeps the reads from being left out as unused.
class Touch {
 public:
  std::uint64_t sum() const { return sum_; }

  template <class T>
  void read(const T& value) {
    if constexpr (Described<T>) {
      for_each_field<T>([&](const char*, auto member) { read(value.*member); });
    } else if constexpr (requires { value.has_value(); }) {
      if (value) read(*value);
    } else if constexpr (requires { value.target(); }) {
      read_target(value);
    } else if constexpr (requires { value.begin(); }) {
      for (const auto element : value) read(element);
    } else if constexpr (std::is_same_v<T, std::byte>) {
      sum_ += std::to_integer<std::uint64_t>(value);
    } else if constexpr (std::is_floating_point_v<T>) {
      sum_ += value == 0 ? 1 : 2;
    } else {
      sum_ += static_cast<std::uint64_t>(value);
    }
  }

 private:
  template <class A>
  void read_target(const Ref<A>& ref) {
    if constexpr (A::kKeyed) {
      read(ref.key());
    } else {
      sum_ += ref.address().slot;
    }
  }

  std::uint64_t sum_ = 0;
};

/// A message, or what answers it.
struct FuzzedMessage {
  const ActorType& type;
  std::uint16_t kind;
  bool is_reply;
  void (*read)(protocols::Frame& frame, Touch& touch);
};

/// A reply whose end would give its frame back to a core: it has none here, and no end.
template <class R>
const R& reply_in(protocols::Frame& frame) {
  alignas(R) static std::byte place[sizeof(R)];
  return *::new (place) R(&frame);
}

inline const FuzzedMessage kFuzzedMessages[] = {
    {test::all_types::Recorder::kType, 7, false,
     [](protocols::Frame& frame, Touch& touch) {
       const test::all_types::Recorder::Record view(frame);
       touch.read(view.sample());
       touch.read(view.mood());
     }},
    {test::lists::Shelf::kType, 0, false,
     [](protocols::Frame& frame, Touch& touch) {
       const test::lists::Shelf::Store view(frame);
       touch.read(view.album());
       touch.read(view.copies());
     }},
    {test::lists::Shelf::kType, 0, true,
     [](protocols::Frame& frame, Touch& touch) {
       const auto& reply = reply_in<test::lists::Shelf::StoreReply>(frame);
       touch.read(reply.total());
       touch.read(reply.names());
     }},
    {test::lists::Shelf::kType, 3, false,
     [](protocols::Frame& frame, Touch& touch) {
       const test::lists::Shelf::Connect view(frame);
       touch.read(view.lines());
       touch.read(view.others());
     }},
    {test::options::Clerk::kType, 0, false,
     [](protocols::Frame& frame, Touch& touch) {
       const test::options::Clerk::File view(frame);
       touch.read(view.profile());
       touch.read(view.spare());
       touch.read(view.hint());
     }},
    {test::options::Clerk::kType, 2, false,
     [](protocols::Frame& frame, Touch& touch) {
       const test::options::Clerk::Forward view(frame);
       touch.read(view.to());
       touch.read(view.discriminant());
     }},
    {test::defaults::Keeper::kType, 0, false,
     [](protocols::Frame& frame, Touch& touch) {
       const test::defaults::Keeper::Find view(frame);
       touch.read(view.pattern());
       touch.read(view.limit());
       touch.read(view.mood());
       touch.read(view.more());
       touch.read(view.label());
     }},
    {test::defaults::Keeper::kType, 2, false,
     [](protocols::Frame& frame, Touch& touch) {
       const test::defaults::Keeper::Wrap view(frame);
       touch.read(view.wrapper());
       touch.read(view.all());
     }},
    {test::replies::Waiter::kType, 2, false,
     [](protocols::Frame& frame, Touch& touch) {
       const test::replies::Waiter::Guest view(frame);
       touch.read(view.guest());
       touch.read(view.waiter());
     }},
    {shop::Desk::kType, 0, false,
     [](protocols::Frame& frame, Touch& touch) {
       const shop::Desk::Place view(frame);
       touch.read(view.order());
       touch.read(view.banks());
     }},
    {test::v2::Archive::kType, 0, false,
     [](protocols::Frame& frame, Touch& touch) {
       const test::v2::Archive::Store view(frame);
       touch.read(view.document());
       touch.read(view.copies());
     }},
    {test::v3::Archive::kType, 0, true,
     [](protocols::Frame& frame, Touch& touch) {
       const auto& reply = reply_in<test::v3::Archive::StoreReply>(frame);
       touch.read(reply.place());
       touch.read(reply.documents());
     }},
};

}  // namespace troupe
