#include "examples/kv/duplex_stream.h"

#include <span>
#include <utility>

#include "examples/kv/topics.h"

namespace kv {

using troupe::Result;
using troupe::Status;
using troupe::Task;

namespace {

// What the buffers keep between two sends.
constexpr std::size_t kBytesKept = 16 * 1024;

}  // namespace

Task<bool> DuplexStream::send(std::string_view bytes) {
  waiting_.append(bytes);
  co_await begin_sending();
  while (sending_ && !ended_) {
    const bool goes_on = co_await take_message();
    if (!goes_on) co_return false;
  }
  co_return !ended_;
}

Task<bool> DuplexStream::receive() {
  for (;;) {
    if (std::exchange(arrived_, false)) co_return true;
    if (ended_) co_return false;
    if (!receiving_) {
      receiving_ = true;
      co_await operations_.start(receive_once());
      continue;
    }
    const bool goes_on = co_await take_message();
    if (!goes_on) co_return false;
  }
}

Task<bool> DuplexStream::end() {
  operations_.cancel();
  const troupe::ScopeEnd ended = co_await operations_.join();
  (void)ended;  // it was cancelled
  co_return arrived_;
}

// False: the connection is to end.
Task<bool> DuplexStream::take_message() {
  auto msg = co_await self_.receive();
  switch (msg.kind()) {
    case Connection::Kind::kStop:
      co_return false;
    case Connection::Kind::kUnknown:
    case Connection::Kind::kWake:
      break;
    case Connection::Kind::kHear: {
      auto heard = msg.hear();
      const auto pushed = heard.pushed();
      const std::string_view text(reinterpret_cast<const char*>(pushed.data()), pushed.size());
      if (!hear(heard.shard(), heard.number(), text)) co_return false;
      co_await begin_sending();
      break;
    }
  }
  co_return true;
}

bool DuplexStream::hear(std::uint32_t shard, std::uint64_t number, std::string_view pushed) {
  if (!heard_->note(shard, number) || waiting_.size() + pushed.size() > kListenerBytesMax) {
    too_slow_ = true;
    return false;
  }
  // It may have been under way when the client unsubscribed.
  if (session_->listens_to(channel_of(pushed))) waiting_.append(pushed);
  return true;
}

Task<void> DuplexStream::begin_sending() {
  if (sending_ || ended_ || waiting_.empty()) co_return;
  sending_ = true;
  co_await operations_.start(send_waiting());
}

Task<void> DuplexStream::send_waiting() {
  while (!waiting_.empty() && !ended_) {
    under_way_.clear();
    if (under_way_.capacity() > kBytesKept) under_way_.shrink_to_fit();
    under_way_.swap(waiting_);
    const Status sent = co_await stream_->send(std::as_bytes(std::span(under_way_)));
    if (!sent) ended_ = true;
  }
  sending_ = false;
  self_.ref().tell().wake();
}

Task<void> DuplexStream::receive_once() {
  const Result<std::size_t> received = co_await stream_->receive(received_->room());
  receiving_ = false;
  if (received && *received > 0) {
    received_->received(*received);
    arrived_ = true;
  } else if (received || !received.error().is(troupe::Code::kCancelled)) {
    ended_ = true;
  }
  self_.ref().tell().wake();
}

}  // namespace kv
