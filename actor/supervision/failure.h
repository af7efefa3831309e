// Failure: why an actor failed, as its supervisor sees it.
#pragma once

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>

namespace troupe {

/// Where a failure came from. A closed list.
enum class FailureKind : std::uint8_t {
  kException,       ///< An exception left the behaviour while it handled a message.
  kInitialization,  ///< An exception left it before it first awaited a message.
  kKilled,          ///< Somebody killed it: Ref::kill().
  kDeathPact,       ///< An actor it was linked to, or whose end it did not handle, has ended.
  kUnhealthy,       ///< It did not pass its health check.
};
const char* to_string(FailureKind kind);

/// Thrown for a Down that nobody handles; what it leaves fails with kDeathPact.
class DeathPact final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A copy costs a reference count and a string. Thread: the core of the actor that failed.
class Failure {
 public:
  /// `exception` left the behaviour: kInitialization if it had not yet `received`.
  static Failure of_exception(std::exception_ptr exception, bool received);
  Failure(FailureKind kind, std::string what) : kind_(kind), what_(std::move(what)) {}

  FailureKind kind() const { return kind_; }
  /// What the exception says, or a sentence.
  const std::string& what() const { return what_; }
  /// Null unless an exception left the behaviour.
  const std::exception_ptr& exception() const { return exception_; }
  /// Derives from std::exception: anything else that is thrown is escalated unless a decider says
  /// otherwise.
  bool is_standard() const { return standard_; }

  /// Whether it was an exception of type E or one derived from it.
  template <class E>
  bool is() const {
    if (!exception_) return false;
    try {
      std::rethrow_exception(exception_);
    } catch (const E&) {
      return true;
    } catch (...) {
      return false;
    }
  }

 private:
  FailureKind kind_;
  bool standard_ = true;
  std::string what_;
  std::exception_ptr exception_;
};

}  // namespace troupe
