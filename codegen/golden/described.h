// Generated structs as lists of their fields, so that tests can go through any of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace troupe {

template <class S, class T>
struct DescribedField {
  const char* name;  ///< In Cap'n Proto.
  T S::* member;
};
template <class S, class T>
DescribedField(const char*, T S::*) -> DescribedField<S, T>;

/// Specialised for every struct of the golden contracts: `kPath` of the emitted schema, `kName` in
/// it, and a tuple `kFields`.
template <class S>
struct Description;

template <class S>
concept Described = requires { Description<S>::kFields; };

/// Calls `visit(name, member pointer)` for each field.
template <Described S, class Visit>
void for_each_field(Visit visit) {
  std::apply([&](const auto&... field) { (visit(field.name, field.member), ...); },
             Description<S>::kFields);
}

}  // namespace troupe
