#include "actor/supervision/failure.h"

namespace troupe {

const char* to_string(FailureKind kind) {
  switch (kind) {
    case FailureKind::kException:
      return "exception";
    case FailureKind::kInitialization:
      return "initialization";
    case FailureKind::kKilled:
      return "killed";
    case FailureKind::kDeathPact:
      return "death_pact";
    case FailureKind::kUnhealthy:
      return "unhealthy";
  }
  return "unknown";
}

Failure Failure::of_exception(std::exception_ptr exception, bool received) {
  Failure failure(received ? FailureKind::kException : FailureKind::kInitialization, "");
  failure.exception_ = exception;
  try {
    std::rethrow_exception(std::move(exception));
  } catch (const DeathPact& pact) {
    failure.kind_ = FailureKind::kDeathPact;
    failure.what_ = pact.what();
  } catch (const std::exception& standard) {
    failure.what_ = standard.what();
  } catch (...) {
    failure.what_ = "an exception not derived from std::exception";
    failure.standard_ = false;
  }
  return failure;
}

}  // namespace troupe
