#include "io/sim/sim_backend.h"

#include <cerrno>

namespace troupe::io {

SimBackend::~SimBackend() {
  TROUPE_CHECK(requests_ == 0, "a backend ends before the requests of its core");
}

/// What the disk does; the rest is the network's.
bool SimBackend::supports(RequestKind kind) const {
  const bool of_files = kind >= RequestKind::kOpen || kind == RequestKind::kSync ||
                        kind == RequestKind::kRead || kind == RequestKind::kWrite;
  return of_files ? files_.has_value() : network_ != nullptr && SimNetwork::serves(kind);
}

void SimBackend::submit(Request& request) {
  enter(request);
  if (files_ && of_file(request.arguments)) {
    files_->submit(request);
    return;
  }
  if (!supports(request.arguments.kind)) {
    finish(request, Request::kUnsupported);
  } else if (request.arguments.descriptor < 0) {
    finish(request, -EBADF);
  } else {
    queued_.push(request);
  }
}

void SimBackend::poll() {
  if (files_) files_->reap();
  finish_due();
  // With what finishing has submitted anew.
  while (Request* const request = queued_.pop()) {
    request->place_ = Request::Place::kInKernel;
    in_kernel_.push(*request);
    network_->begin(*request, *this);
  }
}

void SimBackend::complete(Request& request, int result, Time at) {
  in_kernel_.remove(request);
  request.place_ = Request::Place::kWaiting;
  request.result_ = result;
  completed_.emplace(Key(at, ++completions_), &request);
}

void SimBackend::finish_due() {
  for (unsigned i = 0; i < kCompletionsPerPollMax && !completed_.empty(); ++i) {
    if (completed_.begin()->first.first > clock_) return;
    Request& request = *completed_.begin()->second;
    completed_.erase(completed_.begin());
    finish(request, request.result_);
  }
}

void SimBackend::cancel(Request& request) {
  switch (request.place_) {
    case Request::Place::kQueued:
      queued_.remove(request);
      finish(request, -ECANCELED);
      break;
    case Request::Place::kInKernel:
      if (request.cancel_wanted_) break;
      request.cancel_wanted_ = true;
      network_->cancel(request);
      break;
    case Request::Place::kWithWorker:
      files_->cancel(request);
      break;
    case Request::Place::kWaiting:  // Its end is on the way: too late.
    case Request::Place::kNowhere:
      break;
  }
}

void SimBackend::reclaim(Request& request) {
  switch (request.place_) {
    case Request::Place::kQueued:
      cancel(request);
      break;
    case Request::Place::kInKernel:
      network_->forget(request);
      in_kernel_.remove(request);
      finish(request, -ECANCELED);
      break;
    case Request::Place::kWithWorker:
      files_->reclaim(request);
      break;
    case Request::Place::kWaiting:
      std::erase_if(completed_, [&](const auto& entry) { return entry.second == &request; });
      finish(request, request.result_);
      break;
    case Request::Place::kNowhere:
      break;
  }
}

void SimBackend::reclaim_all() {
  if (files_) files_->reclaim_all();
  while (!completed_.empty()) reclaim(*completed_.begin()->second);
  while (!in_kernel_.empty()) reclaim(*in_kernel_.first());
  // Last: what has finished may have been submitted anew.
  while (!queued_.empty()) reclaim(*queued_.first());
}

void SimBackend::close(int descriptor) {
  if (descriptor >= kSimulatedDescriptorFirst) {
    if (network_ != nullptr) network_->close(descriptor);
  } else if (files_) {
    files_->close(descriptor);
  }
}

unsigned SimBackend::detach(int descriptor) {
  if (descriptor < kSimulatedDescriptorFirst) return files_ ? files_->detach(descriptor) : 0;
  if (network_ == nullptr) return 0;
  unsigned ended = 0;
  for (Request* request = queued_.first(); request != nullptr;) {
    Request* const next = RequestList::after(*request);
    if (request->arguments.descriptor == descriptor) {
      cancel(*request);
      ++ended;
    }
    request = next;
  }
  network_->detach(descriptor, *this);
  // With those that had ended before: they name it until their core hears of it.
  for (const auto& [when, request] : completed_) {
    if (request->arguments.descriptor == descriptor) ++ended;
  }
  return ended;
}

}  // namespace troupe::io
