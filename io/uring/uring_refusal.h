// uring_refusal: why the kernel gave no io_uring, and what to do about it, in one line.
#pragma once

#include "base/error.h"

namespace troupe::io {

/// What the kernel tells of who may use io_uring.
struct UringPermission {
  /// sysctl kernel.io_uring_disabled: 0 everybody may, 1 only a group and CAP_SYS_ADMIN, 2 nobody.
  /// kUnknown: the sysctl is not there; Linux has it from 6.6 on, if it has io_uring at all.
  int disabled = kUnknown;
  /// A seccomp filter looks at the system calls of this thread.
  bool filtered = false;

  static constexpr int kUnknown = -1;
};

/// Reads it from /proc. Any thread. What cannot be read stays unknown.
UringPermission read_uring_permission();

/// The kIo error for an io_uring_setup that failed with errno `number`: its context names the cause
/// and the remedy.
Error uring_refusal(int number, const UringPermission& permission);

}  // namespace troupe::io
