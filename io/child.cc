#include "io/child.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/check.h"

namespace troupe::io {

namespace {

// P_PIDFD, which older headers do not have.
constexpr auto kByDescriptor = static_cast<idtype_t>(3);

Error system_error(const char* operation) {
  return Error(Code::kIo, static_cast<std::uint64_t>(errno), operation);
}

int open_process(int id) { return static_cast<int>(syscall(SYS_pidfd_open, id, 0)); }

int signal_process(int descriptor, int number) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, descriptor, number, nullptr, 0));
}

/// waitid, again when a signal comes between.
int wait_for(int descriptor, siginfo_t& info, int flags) {
  int result = 0;
  do {
    info = siginfo_t{};
    result = waitid(kByDescriptor, static_cast<id_t>(descriptor), &info, flags);
  } while (result != 0 && errno == EINTR);
  return result;
}

/// The children to reap, and the thread that does. Never destroyed: that thread may outlive main.
struct Reaper {
  std::mutex mutex;
  std::vector<int> descriptors;  // Under the mutex, as all here.
  unsigned left = 0;
  bool runs = false;

  static Reaper& instance() {
    static auto& reaper = *new Reaper;
    return reaper;
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!descriptors.empty()) {
      const int descriptor = descriptors.back();
      descriptors.pop_back();
      lock.unlock();
      siginfo_t info;
      // Killed, so it ends; one that the kernel holds on to keeps those behind it waiting.
      wait_for(descriptor, info, WEXITED);
      ::close(descriptor);
      lock.lock();
      --left;
    }
    runs = false;
  }
};

}  // namespace

std::string ExitStatus::describe() const {
  if (signal == 0) return "exit code " + std::to_string(code);
  const char* const name = sigabbrev_np(signal);
  std::string text = "signal " + std::to_string(signal);
  if (name != nullptr) text += std::string(" (") + name + ")";
  return text;
}

Result<Child> Child::adopt(int id) {
  const int descriptor = open_process(id);
  if (descriptor >= 0) return Child(id, descriptor);
  const Error error = errno == ENOSYS
                          ? Error(Code::kUnsupported, 0, "child processes need Linux 5.4")
                          : system_error("pidfd_open");
  ::kill(id, SIGKILL);
  while (::waitpid(id, nullptr, 0) < 0 && errno == EINTR) {
  }
  return error;
}

Child::~Child() {
  if (descriptor_ < 0) return;
  if (ended_) {
    ::close(descriptor_);
    return;
  }
  signal_process(descriptor_, SIGKILL);
  reap_later(descriptor_);
}

Status Child::signal(int number) {
  if (ended_) return Error(Code::kIo, ESRCH, "signal to a process");
  if (signal_process(descriptor_, number) == 0) return ok();
  return system_error("signal to a process");
}

Result<std::optional<ExitStatus>> Child::try_reap() {
  if (ended_) return ended_;
  siginfo_t info;
  if (wait_for(descriptor_, info, WEXITED | WNOHANG) != 0)
    return system_error("wait for a process");
  if (info.si_pid != 0) {
    ended_ = info.si_code == CLD_EXITED ? ExitStatus{.code = info.si_status}
                                        : ExitStatus{.signal = info.si_status};
  }
  return ended_;
}

void reap_later(int descriptor) {
  Reaper& reaper = Reaper::instance();
  const std::lock_guard lock(reaper.mutex);
  reaper.descriptors.push_back(descriptor);
  ++reaper.left;
  if (reaper.runs) return;
  try {
    std::thread([&reaper] { reaper.run(); }).detach();
    reaper.runs = true;
  } catch (const std::system_error&) {
    // No thread to be had: the next one reaps this child too.
  }
}

unsigned children_to_reap() {
  Reaper& reaper = Reaper::instance();
  const std::lock_guard lock(reaper.mutex);
  return reaper.left;
}

}  // namespace troupe::io
