// Random values of generated structs, and whether two of them are the same.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "codegen/golden/described.h"

namespace troupe {

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsRef = false;
template <class A>
inline constexpr bool kIsRef<Ref<A>> = true;

/// Draws values within a property of RapidCheck; owns what they view.
class Drawing {
 public:
  template <class T>
  T draw() {
    if constexpr (std::is_same_v<T, bool>) {
      return *rc::gen::arbitrary<bool>();
    } else if constexpr (std::is_enum_v<T>) {
      // Also values that no version of the contract has.
      return static_cast<T>(draw<std::uint16_t>());
    } else if constexpr (std::is_integral_v<T>) {
      using Limits = std::numeric_limits<T>;
      return *rc::gen::oneOf(rc::gen::arbitrary<T>(),
                             rc::gen::element<T>(Limits::min(), Limits::max(), 0, 1));
    } else if constexpr (std::is_floating_point_v<T>) {
      using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
      const T value = std::bit_cast<T>(draw<Bits>());
      // The library passes numbers on as doubles, which changes the bits of some that are none.
      return std::isnan(value) ? T{-0.0} : value;
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      return keep(*rc::gen::container<std::string>(rc::gen::inRange('\1', '\x7f')));
    } else if constexpr (std::is_same_v<T, std::span<const std::byte>>) {
      return keep(*rc::gen::container<std::vector<std::byte>>(
          rc::gen::map(rc::gen::inRange(0, 256), [](int byte) { return std::byte(byte); })));
    } else if constexpr (kIsOptional<T>) {
      if (!*rc::gen::arbitrary<bool>()) return std::nullopt;
      return draw<typename T::value_type>();
    } else if constexpr (kIsRef<T>) {
      return draw_ref<T>();
    } else if constexpr (Described<T>) {
      T value;
      for_each_field<T>([&](const char*, auto member) {
        value.*member = draw<std::remove_reference_t<decltype(value.*member)>>();
      });
      return value;
    } else {
      return draw_list<typename T::value_type>();
    }
  }

 private:
  template <class T>
  const T& keep(T value) {
    auto kept = std::make_shared<T>(std::move(value));
    kept_.push_back(kept);
    return *kept;
  }

  template <class T>
  List<T> draw_list() {
    const auto size = static_cast<std::size_t>(*rc::gen::inRange(0, 4));
    // Not a vector, which would pack booleans.
    std::shared_ptr<T[]> values(new T[size]);
    kept_.push_back(values);
    for (std::size_t index = 0; index < size; ++index) values[index] = draw<T>();
    return std::span<const T>(values.get(), size);
  }

  template <class R>
  R draw_ref() {
    if (!*rc::gen::arbitrary<bool>()) return R();
    if constexpr (std::is_same_v<typename R::Target, Address>) {
      const auto incarnation = std::max(1u, draw<std::uint32_t>());
      return R(Address{draw<std::uint16_t>(), draw<std::uint16_t>(), draw<std::uint32_t>(),
                       incarnation});
    } else {
      return R(draw<std::remove_cvref_t<decltype(R().key())>>());
    }
  }

  std::vector<std::shared_ptr<const void>> kept_;
};

/// Field by field, by bits for numbers. Between versions of a struct: what both have is the same,
/// and what only `after` has is its default.
template <class A, class B>
bool is_same(const A& before, const B& after) {
  if constexpr (Described<A> && Described<B>) {
    bool same = true;
    for_each_field<B>([&](const char* name, auto member) {
      bool is_known = false;
      for_each_field<A>([&](const char* other_name, auto other) {
        if (std::string_view(name) != other_name) return;
        is_known = true;
        same = same && is_same(before.*other, after.*member);
      });
      if (!is_known) same = same && is_same(B{}.*member, after.*member);
    });
    return same;
  } else if constexpr (std::is_enum_v<A> && std::is_enum_v<B>) {
    return static_cast<std::uint16_t>(before) == static_cast<std::uint16_t>(after);
  } else if constexpr (kIsOptional<A> && kIsOptional<B>) {
    if (before.has_value() != after.has_value()) return false;
    return !before || is_same(*before, *after);
  } else if constexpr (!std::is_same_v<A, B> && !(requires {
                         before.begin();
                         after.begin();
                       })) {
    return false;  // fields of one name have one type
  } else if constexpr (std::is_floating_point_v<A>) {
    return std::memcmp(&before, &after, sizeof(A)) == 0;
  } else if constexpr (std::is_arithmetic_v<A> || kIsRef<A>) {
    return before == after;
  } else {
    if (before.size() != after.size()) return false;
    for (std::size_t index = 0; index < before.size(); ++index) {
      if constexpr (std::is_same_v<A, std::span<const std::byte>> !=
                    std::is_same_v<B, std::span<const std::byte>>) {
        return false;
      } else if (!is_same(before[index], after[index])) {
        return false;
      }
    }
    return true;
  }
}

}  // namespace troupe
