#include "io/epoll/epoll_backend.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/check.h"

namespace troupe::io {

namespace {

Error out_of_descriptors(const char* context) {
  return Error(Code::kIo, static_cast<std::uint64_t>(errno), context);
}

int connect_again(const RequestArguments& of) {
  const int result = ::connect(of.descriptor, static_cast<const sockaddr*>(of.data), of.bytes);
  if (result == 0 || errno == EISCONN) return 0;
  // Begun, by this call or the one before. EAGAIN says something else here: no port is free.
  return errno == EINPROGRESS || errno == EALREADY ? -EAGAIN : -errno;
}

/// Until POLLIN or POLLOUT holds, or something that ends the wait.
int poll_once(const RequestArguments& of) {
  pollfd look{of.descriptor, static_cast<short>(of.flags), 0};
  const int count = ::poll(&look, 1, 0);
  if (count > 0) return (look.revents & POLLNVAL) != 0 ? -EBADF : look.revents;
  return count == 0 ? -EAGAIN : -errno;
}

/// The result, or -1 and errno.
ssize_t call(const RequestArguments& of) {
  const int flags = static_cast<int>(of.flags);
  switch (of.kind) {
    case RequestKind::kAccept:
      return ::accept4(of.descriptor, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    case RequestKind::kReceive:
      return ::recv(of.descriptor, of.data, of.bytes, flags | MSG_DONTWAIT);
    case RequestKind::kSend:
      return ::send(of.descriptor, of.data, of.bytes, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
    case RequestKind::kRead:
      return ::read(of.descriptor, of.data, of.bytes);
    case RequestKind::kWrite:
      return ::write(of.descriptor, of.data, of.bytes);
    case RequestKind::kShutdown:
      return ::shutdown(of.descriptor, flags);
    case RequestKind::kReceiveMessage:
      return ::recvmsg(of.descriptor, static_cast<msghdr*>(of.data), flags | MSG_DONTWAIT);
    case RequestKind::kSendMessage:
      return ::sendmsg(of.descriptor, static_cast<const msghdr*>(of.data),
                       flags | MSG_DONTWAIT | MSG_NOSIGNAL);
    case RequestKind::kConnect:
    case RequestKind::kReceivePiece:
    case RequestKind::kPoll:
    case RequestKind::kSync:
    case RequestKind::kOpen:
    case RequestKind::kClose:
    case RequestKind::kTruncate:
    case RequestKind::kAllocate:
    case RequestKind::kStatus:
    case RequestKind::kRename:
    case RequestKind::kUnlink:
    case RequestKind::kMakeDirectory:
    case RequestKind::kList:
      break;
  }
  errno = ENOSYS;
  return -1;
}

/// The result of one attempt; -EAGAIN if it has to wait.
int attempt(const RequestArguments& of) {
  if (of.kind == RequestKind::kConnect) return connect_again(of);
  if (of.kind == RequestKind::kPoll) return poll_once(of);
  ssize_t result = 0;
  do {
    result = call(of);
    // A connection that was gone before it was accepted says nothing about the next.
  } while (result < 0 &&
           (errno == EINTR || (errno == ECONNABORTED && of.kind == RequestKind::kAccept)));
  return result < 0 ? -errno : static_cast<int>(result);
}

bool writes(const RequestArguments& of) {
  return of.kind == RequestKind::kSend || of.kind == RequestKind::kSendMessage ||
         of.kind == RequestKind::kWrite || of.kind == RequestKind::kConnect ||
         (of.kind == RequestKind::kPoll && (of.flags & POLLOUT) != 0);
}

}  // namespace

Result<std::unique_ptr<EpollBackend>> EpollBackend::create() {
  std::unique_ptr<EpollBackend> backend(new EpollBackend);
  const Status opened = backend->open();
  if (!opened) return opened.error();
  return backend;
}

Status EpollBackend::open() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return out_of_descriptors("epoll_create1 failed: raise ulimit -n");
  wake_descriptor_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_descriptor_ < 0) {
    return out_of_descriptors("eventfd failed: raise the limit of files (ulimit -n)");
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_descriptor_;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_descriptor_, &event) != 0) {
    return out_of_descriptors("epoll_ctl refused the first descriptor");
  }
  return ok();
}

EpollBackend::~EpollBackend() {
  TROUPE_CHECK(requests_ == 0, "a backend ends before the requests of its core");
  if (epoll_ >= 0) close(epoll_);
  if (wake_descriptor_ >= 0) close(wake_descriptor_);
}

Time EpollBackend::now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return Time(std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec));
}

int EpollBackend::descriptor_flags() const { return SOCK_NONBLOCK; }

EpollBackend::Known& EpollBackend::known(int descriptor) {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= known_.size()) known_.resize(index + 1);
  return known_[index];
}

// What had the number before may have been closed unseen.
void EpollBackend::attach(int descriptor) { forget(known(descriptor)); }

void EpollBackend::forget(Known& about) {
  about.watched = false;
  about.readable = true;
  about.writable = true;
  about.ended = false;
}

unsigned EpollBackend::detach(int descriptor) {
  unsigned ended = worker_.detach(descriptor);
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= known_.size()) return ended;
  for (Request* request = queued_.first(); request != nullptr;) {
    Request* const next = RequestList::after(*request);
    if (request->arguments.descriptor == descriptor) {
      cancel(*request);
      ++ended;
    }
    request = next;
  }
  Known& about = known(descriptor);
  for (RequestList* list : {&about.readers, &about.writers}) {
    for (; !list->empty(); ++ended) cancel(*list->first());
  }
  // A duplicate may keep the file open, and epoll watches files.
  if (about.watched) epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  forget(about);
  return ended;
}

RequestList& EpollBackend::list_for(Known& about, const Request& request) {
  return writes(request.arguments) ? about.writers : about.readers;
}

void EpollBackend::submit(Request& request) {
  enter(request);
  if (request.arguments.descriptor < 0 && names_descriptor(request.arguments.kind)) [[unlikely]] {
    finish(request, -EBADF);
    return;
  }
  if (of_file(request.arguments)) {
    worker_.submit(request);
    return;
  }
  known(request.arguments.descriptor);
  queued_.push(request);
}

void EpollBackend::cancel(Request& request) {
  switch (request.place_) {
    case Request::Place::kQueued:
      queued_.remove(request);
      break;
    case Request::Place::kWaiting:
      list_for(known(request.arguments.descriptor), request).remove(request);
      break;
    case Request::Place::kWithWorker:
      worker_.cancel(request);
      return;
    case Request::Place::kNowhere:
    case Request::Place::kInKernel:
      return;
  }
  finish(request, -ECANCELED);
}

void EpollBackend::reclaim(Request& request) {
  if (request.place_ == Request::Place::kWithWorker) {
    worker_.reclaim(request);
  } else {
    cancel(request);
  }
}

void EpollBackend::reclaim_all() {
  while (!queued_.empty()) cancel(*queued_.first());
  for (Known& about : known_) {
    while (!about.readers.empty()) cancel(*about.readers.first());
    while (!about.writers.empty()) cancel(*about.writers.first());
  }
  worker_.reclaim_all();
}

void EpollBackend::poll() {
  if (requests_ == 0) return;  // A wake-up keeps until the sleep it is for.
  if (worker_.has_requests()) worker_.reap();
  const bool progress = try_queued();
  if (progress && ++polls_without_look_ < kPollsWithoutLookMax) return;
  look(Time::min());
}

/// Tries what was submitted since the last time, and what that submits, up to the limit of one
/// poll(). True if anything finished.
bool EpollBackend::try_queued() {
  const std::uint64_t finished = finished_;
  for (unsigned tried = 0; tried < kCompletionsPerPollMax; ++tried) {
    Request* const request = queued_.pop();
    if (request == nullptr) break;
    Known& about = known(request->arguments.descriptor);
    // Behind those who wait already, or it would overtake them.
    const bool first = list_for(about, *request).empty() && may_succeed(about, *request);
    const int result = first ? try_once(about, *request) : -EAGAIN;
    if (result == -EAGAIN) {
      wait_for_change(*request);
    } else {
      finish(*request, result);
    }
  }
  return finished_ != finished;
}

bool EpollBackend::may_succeed(const Known& about, const Request& request) {
  if (!about.watched || about.ended) return true;
  return writes(request.arguments) ? about.writable : about.readable;
}

/// Its result, -EAGAIN if it has to wait. Notes what that says of the next.
int EpollBackend::try_once(Known& about, Request& request) {
  RequestArguments& of = request.arguments;
  const int result = of.kind == RequestKind::kReceivePiece ? receive_piece(of) : attempt(of);
  // Fewer bytes than there was room for: whatever comes now makes an event.
  const bool emptied = of.stream && result > 0 && static_cast<std::uint32_t>(result) < of.bytes;
  if (result == -EAGAIN || emptied) (writes(of) ? about.writable : about.readable) = false;
  return result;
}

/// Takes a buffer for as long as there is something to put into it.
int EpollBackend::receive_piece(RequestArguments& of) {
  std::byte* const buffer = buffers_.take();
  if (buffer == nullptr) return -ENOBUFS;
  RequestArguments receive = of;
  receive.kind = RequestKind::kReceive;
  receive.data = buffer;
  receive.bytes = ReceiveBuffers::kBufferBytes;
  const int result = attempt(receive);
  of.bytes = receive.bytes;
  of.data = result > 0 ? buffer : nullptr;
  if (result <= 0) buffers_.give_back(buffer);
  return result;
}

void EpollBackend::wait_for_change(Request& request) {
  const int descriptor = request.arguments.descriptor;
  Known& about = known(descriptor);
  if (!about.watched) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.fd = descriptor;
    int result = epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
    // Left over from an owner that did not detach it: say anew what is wanted.
    if (result != 0 && errno == EEXIST) {
      result = epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
    }
    if (result != 0) {
      finish(request, -errno);
      return;
    }
    about.watched = true;
  }
  request.place_ = Request::Place::kWaiting;
  list_for(about, request).push(request);
}

/// Goes on with those who wait, in order, until one has to wait longer.
void EpollBackend::retry(Known& about, RequestList& list) {
  while (Request* request = list.first()) {
    const int result = may_succeed(about, *request) ? try_once(about, *request) : -EAGAIN;
    if (result == -EAGAIN) return;
    list.remove(*request);
    finish(*request, result);
  }
}

void EpollBackend::handle(std::uint32_t events, int descriptor) {
  if (descriptor == wake_descriptor_) {
    take_wake();
    return;
  }
  // The lists change while requests finish, the table does not: what they begin is queued.
  Known& about = known(descriptor);
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) about.ended = true;
  if (about.ended || (events & EPOLLIN) != 0) {
    about.readable = true;
    retry(about, about.readers);
  }
  if (about.ended || (events & EPOLLOUT) != 0) {
    about.writable = true;
    retry(about, about.writers);
  }
}

void EpollBackend::take_wake() {
  std::uint64_t count = 0;
  const ssize_t bytes = ::read(wake_descriptor_, &count, sizeof count);
  if (bytes == sizeof count) {
    woken_ = true;
    return;
  }
  TROUPE_CHECK(errno == EAGAIN || errno == EINTR, "read of an eventfd: %s", std::strerror(errno));
}

/// Takes in the events there are, waiting for some until `until`.
void EpollBackend::look(Time until) {
  polls_without_look_ = 0;
  epoll_event events[kEventsMax];
  int count = 0;
  if (until == Time::min()) {
    count = epoll_wait(epoll_, events, kEventsMax, 0);
  } else if (until == Time::max()) {
    count = epoll_wait(epoll_, events, kEventsMax, -1);
  } else {
    const Duration left = std::max(until - now(), Duration(0));
    count = wait_for(events, left);
  }
  TROUPE_CHECK(count >= 0 || errno == EINTR, "epoll_wait: %s", std::strerror(errno));
  for (int i = 0; i < count; ++i) handle(events[i].events, events[i].data.fd);
}

/// Waits for `left` at most, or a little less than a day.
int EpollBackend::wait_for(epoll_event* events, Duration left) {
  left = std::min<Duration>(left, std::chrono::hours(23));
  if (waits_in_nanoseconds_) {
    const timespec limit = {left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    const int count = epoll_pwait2(epoll_, events, kEventsMax, &limit, nullptr);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
    // Linux before 5.11, or a filter older than that.
    waits_in_nanoseconds_ = false;
  }
  // Rounded up: woken early, the core would only wait again.
  const auto milliseconds = static_cast<int>((left.count() + 999'999) / 1'000'000);
  return epoll_wait(epoll_, events, kEventsMax, milliseconds);
}

void EpollBackend::sleep(Time until) {
  const std::uint64_t finished = finished_;
  try_queued();
  // A wake() that poll() has taken in counts for this sleep.
  while (!woken_ && finished_ == finished && queued_.empty()) {
    if (until != Time::max() && now() >= until) return;
    look(until);
  }
  woken_ = false;
}

void EpollBackend::wake() {
  const std::uint64_t one = 1;
  ssize_t written = 0;
  do {
    written = ::write(wake_descriptor_, &one, sizeof one);
    // EAGAIN: the count is at its end, so the core is being woken.
  } while (written < 0 && errno == EINTR);
  TROUPE_CHECK(written == sizeof one || errno == EAGAIN, "write to an eventfd: %s",
               std::strerror(errno));
}

}  // namespace troupe::io
