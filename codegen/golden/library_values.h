// Values of generated structs as Cap'n Proto's own library writes them.
#pragma once

#include "codegen/golden/wire_support.h"
// Has the compat header, which comes before Cap'n Proto's own.
#include <capnp/dynamic.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "codegen/golden/described.h"
#include "codegen/golden/drawn_values.h"

namespace troupe {

/// Sets fields and elements in an order that its seed decides. What is empty and has no default
/// stays unset: generated code writes a null pointer there.
class LibraryWriter {
 public:
  explicit LibraryWriter(std::uint64_t seed) : random_(seed) {}

  template <Described S>
  void write(capnp::DynamicStruct::Builder out, const S& value) {
    std::size_t count = 0;
    for_each_field<S>([&](const char*, auto) { ++count; });
    for (const std::size_t chosen : shuffled(count)) {
      std::size_t index = 0;
      for_each_field<S>([&](const char* name, auto member) {
        if (index++ != chosen) return;
        write_field(out, out.getSchema().getFieldByName(name), value.*member);
      });
    }
  }

 private:
  using Builder = capnp::DynamicStruct::Builder;
  using Field = capnp::StructSchema::Field;

  std::vector<std::size_t> shuffled(std::size_t count) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), random_);
    return order;
  }

  template <class T>
  static bool is_null(const T& value) {
    if constexpr (requires { value.size(); }) return value.size() == 0;
    return false;
  }

  template <class T>
  void write_field(Builder out, Field field, const T& value) {
    if constexpr (kIsOptional<T>) {
      if (!value) return;
      auto group = out.init(field).template as<capnp::DynamicStruct>();
      const auto some = group.getSchema().getFieldByName("some");
      // Says which member it is and leaves the pointer null.
      if (is_null(*value)) return group.clear(some);
      write_field(group, some, *value);
    } else {
      const auto proto = field.getProto();
      const bool has_default = std::is_same_v<T, std::string_view> && proto.isSlot() &&
                               proto.getSlot().getDefaultValue().getText().size() > 0;
      if (is_null(value) && !has_default) return;
      if constexpr (Described<T>) {
        write(out.init(field).template as<capnp::DynamicStruct>(), value);
      } else if constexpr (kIsRef<T>) {
        write_ref(out.init(field).template as<capnp::DynamicStruct>(), value);
      } else if constexpr (requires { value.begin(); } && !is_flat<T>()) {
        const auto size = static_cast<unsigned>(value.size());
        write_list(out.init(field, size).template as<capnp::DynamicList>(), value);
      } else if constexpr (std::is_enum_v<T>) {
        const auto schema = field.getType().asEnum();
        out.set(field, capnp::DynamicEnum(schema, static_cast<std::uint16_t>(value)));
      } else {
        out.set(field, plain(value));
      }
    }
  }

  template <class L>
  void write_list(capnp::DynamicList::Builder out, const L& list) {
    using T = typename L::value_type;
    for (const std::size_t place : shuffled(list.size())) {
      const auto index = static_cast<unsigned>(place);
      const T value = list[place];
      if (is_null(value)) continue;
      if constexpr (Described<T>) {
        write(out[index].template as<capnp::DynamicStruct>(), value);
      } else if constexpr (kIsRef<T>) {
        write_ref(out[index].template as<capnp::DynamicStruct>(), value);
      } else if constexpr (requires { value.begin(); } && !is_flat<T>()) {
        const auto size = static_cast<unsigned>(value.size());
        write_list(out.init(index, size).template as<capnp::DynamicList>(), value);
      } else if constexpr (std::is_enum_v<T>) {
        const auto schema = out.getSchema().getEnumElementType();
        out.set(index, capnp::DynamicEnum(schema, static_cast<std::uint16_t>(value)));
      } else {
        out.set(index, plain(value));
      }
    }
  }

  template <class A>
  static void write_ref(Builder out, const Ref<A>& ref) {
    if constexpr (A::kKeyed) {
      const KeyedTarget& target = ref.target();
      out.set("type", target.type());
      if (target.key().empty()) return;
      out.set("key", plain(std::as_bytes(std::span(target.key().data(), target.key().size()))));
    } else {
      const Address& address = ref.target();
      out.set("node", address.node);
      out.set("core", address.core);
      out.set("slot", address.slot);
      out.set("incarnation", address.incarnation);
    }
  }

  template <class T>
  static constexpr bool is_flat() {
    return std::is_same_v<T, std::string_view> || std::is_same_v<T, std::span<const std::byte>>;
  }
  template <class T>
  static capnp::DynamicValue::Reader plain(const T& value) {
    if constexpr (std::is_same_v<T, std::string_view>) {
      // Drawn texts are strings: their NUL is there.
      return capnp::Text::Reader(value.data(), value.size());
    } else if constexpr (std::is_same_v<T, std::span<const std::byte>>) {
      return capnp::Data::Reader(reinterpret_cast<const kj::byte*>(value.data()), value.size());
    } else {
      return value;
    }
  }

  std::mt19937_64 random_;
};

}  // namespace troupe
