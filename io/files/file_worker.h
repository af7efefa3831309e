// FileWorker: threads that make the calls for files which would block a core.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "io/backend.h"
#include "io/request.h"

namespace troupe::io {

/// One per backend; its threads begin when there is work for them and end with it. They run on the
/// CPUs of the process's first thread, not on the one that their core is kept on, and take no
/// signals. Thread: the owner core's. Requests wait for a thread in order, up to
/// Request::kFilesWaitingMax; one more is finished with Request::kOverloaded.
///
/// A request that waits is cancelled at once. One that a thread has begun cannot be: the kernel has
/// its buffer, so it is finished when the call has returned, with what it did.
///
/// A mutex guards the lists of requests; it is held for a few instructions, and a core without
/// requests here never takes it. So what a thread writes to a buffer is visible to the core that
/// finds the request among the ended ones.
class FileWorker {
 public:
  /// At most so many calls block at a time, per core.
  static constexpr std::size_t kThreadsMax = 4;

  /// `backend` is whose requests these are: it is told with wake() that there are some to reap().
  explicit FileWorker(Backend& backend) : backend_(backend) {}
  FileWorker(const FileWorker&) = delete;
  FileWorker& operator=(const FileWorker&) = delete;
  /// All requests must be finished.
  ~FileWorker();

  /// Begins `request`, which the backend has entered and is of_file().
  void submit(Request& request);
  /// Ends `request`, of this worker, if no thread has begun it.
  void cancel(Request& request);
  /// Finishes those whose calls have returned. Due whenever has_requests().
  void reap();
  /// Cancels `request`, of this worker, and waits until it has finished.
  void reclaim(Request& request);
  void reclaim_all();
  /// Cancels the requests that name `descriptor`, and waits for the end of those that a thread has
  /// begun: its number may name another file as soon as this returns. Returns how many there were.
  unsigned detach(int descriptor);

  bool has_requests() const { return requests_ != 0; }

 private:
  bool start_thread();
  void work();
  void finish_ended(RequestList ended);
  void finish_cancelled(RequestList cancelled);

  Backend& backend_;
  std::size_t requests_ = 0;          // Of the owner: submitted and not finished.
  std::vector<std::thread> threads_;  // Of the owner.

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable work_came_;
  std::condition_variable call_returned_;
  RequestList waiting_;
  std::size_t waiting_count_ = 0;
  RequestList running_;
  RequestList ended_;
  std::size_t idle_threads_ = 0;
  bool stopping_ = false;
};

}  // namespace troupe::io
