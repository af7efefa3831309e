#include "io/files/file_worker.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "io/files/file_calls.h"

namespace troupe::io {

namespace {

/// A thread inherits the CPU that its core is kept on, where it would take turns from the core.
void use_cpus_of_process() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  // Best effort: with one CPU it is slower, not wrong.
  if (sched_getaffinity(getpid(), sizeof mask, &mask) == 0) {
    sched_setaffinity(0, sizeof mask, &mask);
  }
}

}  // namespace

FileWorker::~FileWorker() {
  TROUPE_CHECK(requests_ == 0, "a file worker ends before the requests of its core");
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_came_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void FileWorker::submit(Request& request) {
  bool starts = false;
  bool full = false;
  {
    const std::lock_guard lock(mutex_);
    full = waiting_count_ >= Request::kFilesWaitingMax;
    if (!full) {
      request.place_ = Request::Place::kWithWorker;
      request.begun_ = false;
      waiting_.push(request);
      ++waiting_count_;
      starts = waiting_count_ > idle_threads_ && threads_.size() < kThreadsMax;
    }
  }
  if (full) [[unlikely]] {
    backend_.finish(request, Request::kOverloaded);
    return;
  }
  ++requests_;
  work_came_.notify_one();
  if (!starts || start_thread() || !threads_.empty()) return;
  // Nobody would ever do it.
  {
    const std::lock_guard lock(mutex_);
    waiting_.remove(request);
    --waiting_count_;
  }
  --requests_;
  backend_.finish(request, Request::kOverloaded);
}

/// False if the process may have no more threads.
bool FileWorker::start_thread() {
  // Inherited: signals are for the threads of cores.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = true;
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    started = false;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void FileWorker::work() {
  use_cpus_of_process();
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_threads_;
    work_came_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    --idle_threads_;
    if (waiting_.empty()) return;
    Request& request = *waiting_.pop();
    --waiting_count_;
    request.begun_ = true;
    running_.push(request);
    lock.unlock();
    const int result = call_file(request.arguments);
    lock.lock();
    request.result_ = result;
    running_.remove(request);
    const bool first = ended_.empty();
    ended_.push(request);
    call_returned_.notify_all();
    // Under the lock: once the core has the request it may end, and its backend with it.
    if (first) backend_.wake();
  }
}

void FileWorker::cancel(Request& request) {
  {
    const std::lock_guard lock(mutex_);
    if (request.begun_) return;
    waiting_.remove(request);
    --waiting_count_;
  }
  --requests_;
  backend_.finish(request, -ECANCELED);
}

void FileWorker::finish_ended(RequestList ended) {
  while (Request* const request = ended.pop()) {
    --requests_;
    backend_.finish(*request, request->result_);
  }
}

void FileWorker::finish_cancelled(RequestList cancelled) {
  while (Request* const request = cancelled.pop()) {
    --requests_;
    backend_.finish(*request, -ECANCELED);
  }
}

void FileWorker::reap() {
  RequestList ended;
  {
    const std::lock_guard lock(mutex_);
    ended = std::exchange(ended_, RequestList());
  }
  finish_ended(ended);
}

void FileWorker::reclaim(Request& request) {
  cancel(request);
  while (request.submitted()) {
    {
      std::unique_lock lock(mutex_);
      call_returned_.wait(lock, [this] { return !ended_.empty(); });
    }
    reap();
  }
}

void FileWorker::reclaim_all() {
  // Again, because a write that was done in part goes on with the rest.
  while (requests_ != 0) {
    RequestList waiting;
    {
      const std::lock_guard lock(mutex_);
      waiting = std::exchange(waiting_, RequestList());
      waiting_count_ = 0;
    }
    finish_cancelled(waiting);
    {
      std::unique_lock lock(mutex_);
      call_returned_.wait(lock, [this] { return running_.empty(); });
    }
    reap();
  }
}

unsigned FileWorker::detach(int descriptor) {
  if (requests_ == 0) return 0;
  const auto names = [descriptor](const Request& request) {
    return names_descriptor(request.arguments.kind) && request.arguments.descriptor == descriptor;
  };
  const auto mark = [&](const RequestList& list) {
    unsigned found = 0;
    for (Request* each = list.first(); each != nullptr; each = RequestList::after(*each)) {
      if (!names(*each)) continue;
      each->detached_ = true;
      ++found;
    }
    return found;
  };
  RequestList cancelled;
  unsigned found = 0;
  {
    std::unique_lock lock(mutex_);
    for (Request* each = waiting_.first(); each != nullptr;) {
      Request* const next = RequestList::after(*each);
      if (names(*each)) {
        waiting_.remove(*each);
        --waiting_count_;
        cancelled.push(*each);
        ++found;
      }
      each = next;
    }
    found += mark(running_) + mark(ended_);
    call_returned_.wait(lock, [&] { return mark(running_) == 0; });
  }
  finish_cancelled(cancelled);
  return found;
}

}  // namespace troupe::io
