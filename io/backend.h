// Backend: where one core's time, chance, waiting, wake-ups and kernel operations come from.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/memory_source.h"
#include "base/time.h"
#include "io/request.h"
#include "io/socket_calls.h"

namespace troupe::io {

struct HostTable;

/// One per core. Thread: owner core only, except wake(). One without kernel operations finishes
/// each request with Request::kUnsupported.
class Backend {
 public:
  virtual ~Backend() = default;

  /// What a person calls it: "io_uring". Lives forever.
  virtual const char* name() const { return "no kernel"; }

  /// Reads the clock. Never goes back.
  virtual Time now() = 0;
  /// Gives what was submitted to the kernel and takes what has completed, without waiting: at most
  /// one call to the kernel, at most kCompletionsPerPollMax completions.
  virtual void poll() = 0;
  /// Waits until wake() is called, something completes, or `until` has come; Time::max() means no
  /// limit.
  virtual void sleep(Time until) = 0;
  /// Ends the current sleep() of this core, or the next one. Any thread, and a signal handler.
  virtual void wake() = 0;
  /// Whether what was written for other cores becomes visible to them this turn. Always, on a
  /// machine; the simulation delays.
  virtual bool publishes_now() = 0;

  /// Where the core's pools get their memory: the plain heap unless set, before the core is made.
  /// `memory` must outlive the core.
  void set_memory(MemorySource& memory) { memory_ = &memory; }
  MemorySource& memory() const { return *memory_; }

  /// False in simulation: time is virtual and there is no kernel below.
  virtual bool on_machine() const { return true; }
  /// The names of hosts there are; null: ask the machine.
  virtual const HostTable* host_table() const { return nullptr; }

  static constexpr unsigned kCompletionsPerPollMax = 1024;

  virtual bool supports(RequestKind) const { return false; }
  /// Begins `request`; it belongs to the backend until finished(). Never fails: what is wrong is
  /// its result. The kernel sees it at the next poll() or sleep(), or as soon as many are waiting.
  virtual void submit(Request& request) {
    enter(request);
    finish(request, Request::kUnsupported);
  }
  /// Asks the kernel to end a submitted request early: finished() comes at once or later, with
  /// -ECANCELED, or with another result if that was faster. Idempotent.
  virtual void cancel(Request&) {}
  /// Cancels a submitted request and waits, blocking the thread, until it has finished. For the end
  /// of a frame that is destroyed although it waits.
  virtual void reclaim(Request&) {}
  /// reclaim() of all. Afterwards the kernel knows no memory of this core.
  virtual void reclaim_all() {}
  /// The core ends: reclaim_all(), after which nobody goes on. The frames that wait were abandoned,
  /// and what awaits their ends (a combination's awaiter, say) may be gone already.
  void end() {
    ending_ = true;
    reclaim_all();
  }
  bool ending() const { return ending_; }

  /// What the kernel does with sockets at once; null where there are none. Lives as long as this.
  virtual SocketCalls* sockets() { return nullptr; }
  /// For descriptors that requests will name: those that the process opens for a backend carry
  /// these flags of open() and socket().
  virtual int descriptor_flags() const { return 0; }
  /// Tells of a new descriptor that requests will name. May allocate.
  virtual void attach(int) {}
  /// To be called before a descriptor is closed or leaves for another core: cancels the requests
  /// that name it, and says how many there were. They will not touch what gets its number next.
  virtual unsigned detach(int) { return 0; }
  /// Closes a detached descriptor, without anybody waiting for it.
  virtual void close(int descriptor);

  /// Takes the buffer of a kReceivePiece back.
  virtual void give_back(std::byte*) { TROUPE_CHECK(false, "a backend without receive buffers"); }

  /// Whether any request is submitted: then poll() is due in every turn.
  bool has_requests() const { return requests_ != 0; }

 protected:
  void enter(Request& request) {
    TROUPE_DCHECK(!request.submitted(), "a request is submitted twice");
    request.place_ = Request::Place::kQueued;
    request.cancel_wanted_ = false;
    ++requests_;
  }
  /// `request` must be in no list.
  void finish(Request& request, int result) {
    request.place_ = Request::Place::kNowhere;
    --requests_;
    ++finished_;
    request.finished(result);
  }

  friend class FileWorker;  // finishes what it was given
  friend class SimFiles;

  std::uint32_t requests_ = 0;  // Submitted and not finished.
  std::uint64_t finished_ = 0;  // So many, ever.

 private:
  MemorySource* memory_ = &plain_heap();
  bool ending_ = false;
};

}  // namespace troupe::io
