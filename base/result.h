// Result<T>: a value or an Error, on Boost.Outcome. Status: an Error or nothing.
#pragma once

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/base.hpp>
#include <boost/outcome/try.hpp>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/error.h"

namespace troupe {

namespace detail {

/// Taking the value of an error, or the error of a value, ends the process with the reason.
struct AbortOnMisuse : boost::outcome_v2::policy::base {
  using Base = boost::outcome_v2::policy::base;

  template <class Impl>
  static constexpr void wide_value_check(Impl&& self) {
    if (!Base::_has_value(self)) [[unlikely]] {
      fail_check(__FILE__, __LINE__, "Result: value() of an error: %s; test the result first",
                 Base::_error(self).describe().c_str());
    }
  }
  template <class Impl>
  static constexpr void wide_error_check(Impl&& self) {
    TROUPE_CHECK(Base::_has_error(self), "Result: error() of a value; test the result first");
  }
  template <class Impl>
  static constexpr void wide_exception_check(Impl&&) {}
};

template <class T>
using OutcomeResult = boost::outcome_v2::basic_result<T, Error, AbortOnMisuse>;

}  // namespace detail

/// A T, or the Error that says why not. Move-only if T is. Must be looked at.
template <class T>
class [[nodiscard]] Result : public detail::OutcomeResult<T> {
 public:
  using detail::OutcomeResult<T>::OutcomeResult;
  using Value = T;

  Result(Error error)  // NOLINT: `co_return error;` is the point
      : detail::OutcomeResult<T>(boost::outcome_v2::in_place_type<Error>, error) {}

  bool ok() const { return this->has_value(); }

  template <class U = T>
    requires(!std::is_void_v<U>)
  const U& operator*() const& {
    return this->value();
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  U& operator*() & {
    return this->value();
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  U&& operator*() && {
    return std::move(*this).value();
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  const U* operator->() const {
    return &this->value();
  }
  template <class U = T>
    requires(!std::is_void_v<U>)
  U* operator->() {
    return &this->value();
  }
};

/// Success, or the Error that says why not.
using Status = Result<void>;

/// Success.
inline Status ok() { return Status(boost::outcome_v2::in_place_type<void>); }

template <class T>
inline constexpr bool kIsResult = false;
template <class T>
inline constexpr bool kIsResult<Result<T>> = true;

}  // namespace troupe

/// TROUPE_TRY(auto value, expression): takes the value of a Result, or returns its error.
/// TROUPE_TRY(expression): the same for a Status.
#define TROUPE_TRY(...) BOOST_OUTCOME_TRY(__VA_ARGS__)
/// The same inside a coroutine.
#define TROUPE_CO_TRY(...) BOOST_OUTCOME_CO_TRY(__VA_ARGS__)
