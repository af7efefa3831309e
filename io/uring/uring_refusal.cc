#include "io/uring/uring_refusal.h"

#include <cerrno>
#include <cstdio>

namespace troupe::io {

namespace {

const char* cause_of_forbidding(const UringPermission& permission) {
  if (permission.disabled == 2) {
    return "kernel.io_uring_disabled is 2, which forbids io_uring to every process: "
           "sysctl -w kernel.io_uring_disabled=0, or choose the epoll backend";
  }
  // With 1 the process may still be privileged, and then it is a filter.
  if (permission.disabled == 1 && !permission.filtered) {
    return "kernel.io_uring_disabled is 1, which forbids io_uring outside the group "
           "kernel.io_uring_group: sysctl -w kernel.io_uring_disabled=0, join the group, or choose "
           "the epoll backend";
  }
  if (permission.disabled == 1) {
    return "kernel.io_uring_disabled is 1, which forbids io_uring outside the group "
           "kernel.io_uring_group, and a seccomp filter may forbid it too: "
           "sysctl -w kernel.io_uring_disabled=0 or join the group, and use a seccomp profile that "
           "allows io_uring_setup, io_uring_enter and io_uring_register";
  }
  if (permission.filtered) {
    return "a seccomp filter forbids io_uring_setup, as containers do by default: use a profile "
           "that allows io_uring_setup, io_uring_enter and io_uring_register (docker run "
           "--security-opt seccomp=FILE), or choose the epoll backend";
  }
  return "a security module of the kernel (SELinux, AppArmor) forbids io_uring_setup: allow it for "
         "this program, or choose the epoll backend";
}

const char* cause_of_absence(const UringPermission& permission) {
  // Its sysctl is there, so the kernel has it, and somebody hides it.
  if (permission.filtered && permission.disabled != UringPermission::kUnknown) {
    return "a seccomp filter hides io_uring_setup, as containers do by default: use a profile that "
           "allows io_uring_setup, io_uring_enter and io_uring_register (docker run --security-opt "
           "seccomp=FILE), or choose the epoll backend";
  }
  if (permission.filtered) {
    return "a seccomp filter hides io_uring_setup, or the kernel is without io_uring: use a "
           "profile that allows io_uring_setup, io_uring_enter and io_uring_register, Linux 5.15 "
           "or later, or choose the epoll backend";
  }
  return "this kernel is without io_uring: use Linux 5.15 or later with CONFIG_IO_URING, or choose "
         "the epoll backend";
}

/// Calls `use(line)` for each line of a small file of /proc; for none if it cannot be read.
template <class Use>
void for_each_line(const char* path, Use use) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return;
  char line[256];
  while (std::fgets(line, sizeof line, file) != nullptr) use(line);
  std::fclose(file);
}

}  // namespace

UringPermission read_uring_permission() {
  UringPermission permission;
  for_each_line("/proc/sys/kernel/io_uring_disabled",
                [&](const char* line) { std::sscanf(line, "%d", &permission.disabled); });
  for_each_line("/proc/thread-self/status", [&](const char* line) {
    int mode = 0;
    // 0: none; 1: strict, under which nothing here would run; 2: a filter.
    if (std::sscanf(line, "Seccomp: %d", &mode) == 1) permission.filtered = mode != 0;
  });
  return permission;
}

Error uring_refusal(int number, const UringPermission& permission) {
  const auto detail = static_cast<std::uint64_t>(number);
  switch (number) {
    case EPERM:
    case EACCES:
      return Error(Code::kIo, detail, cause_of_forbidding(permission));
    case ENOSYS:
      return Error(Code::kIo, detail, cause_of_absence(permission));
    case ENOMEM:
      return Error(Code::kIo, detail,
                   "io_uring_setup found no memory: raise the limit of locked memory (ulimit -l)");
    case EMFILE:
    case ENFILE:
      return Error(Code::kIo, detail,
                   "io_uring_setup found no free descriptor: raise the limit of files (ulimit -n)");
    default:
      return Error(Code::kIo, detail, "io_uring_setup failed");
  }
}

}  // namespace troupe::io
