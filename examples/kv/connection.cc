#include "examples/kv/connection.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "examples/kv/duplex_stream.h"
#include "examples/kv/receive_buffer.h"
#include "examples/kv/serve.h"
#include "examples/kv/session.h"

namespace kv {

using troupe::Behavior;
using troupe::Code;
using troupe::Deadline;
using troupe::Result;
using troupe::Status;
using troupe::Task;
using troupe::io::Stream;

namespace {

/// What a connection has of its client.
struct Client {
  Client(Connection::Self given_self, Stream stream, ServerCore* given_core, std::int64_t id)
      : self(given_self),
        core(given_core),
        open(given_core, std::move(stream)),
        session(&given_core->info, given_core->hasher,
                static_cast<unsigned>(given_core->shards.size()), id) {}

  Connection::Self self;
  ServerCore* core;
  OpenClient open;
  ReceiveBuffer received;
  Session session;
  std::string replies;  // not empty between two batches: they go with the next receive
  HeardNumbers heard;
  std::unique_ptr<DuplexStream> duplex;  // while it listens
  bool closing = false;                  // the server ends it, after a last reply
};

// What is kept of a buffer of replies.
constexpr std::size_t kReplyBytesKept = 64 * 1024;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// The id of a client that may stay.
Task<std::optional<std::int64_t>> admit(Connection::Self self, Stream* stream, ServerCore* core) {
  auto answer = co_await core->reception.ask(troupe::within(kAdmissionPatience)).enter(self.ref());
  if (answer && answer->admitted()) {
    ++core->counters.served;
    core->info.clients = answer->clients();
    co_return answer->id();
  }
  ++core->counters.refused;
  if (answer) {
    const Status told = co_await stream->send(bytes_of("-ERR max number of clients reached\r\n"),
                                              troupe::within(kFarewellPatience));
    (void)told;  // it is closed either way
  }
  co_return std::nullopt;
}

/// Until when a client that is heard now may be silent.
Deadline idle_deadline(const Client& client) {
  return Deadline(saturating_add(client.self.now(), client.core->idle_max));
}

/// What is spared of a client that is silent.
void release_memory(Client& client) {
  client.received.shrink();
  client.session.release_memory();
  std::string().swap(client.replies);
}

/// Sends the last replies and waits for bytes. False: none will come, or not in time.
Task<bool> receive(Client* client) {
  Stream& stream = client->open.stream;
  const Deadline idle = idle_deadline(*client);
  const Deadline quiet(saturating_add(client->self.now(), kQuietAfter));
  Deadline until = Deadline::earlier(idle, quiet);
  if (!client->replies.empty()) {
    const auto both =
        co_await stream.send_and_receive(bytes_of(client->replies), client->received.room(),
                                         troupe::io::SendReceiveDeadlines{idle, until});
    client->replies.clear();
    if (client->replies.capacity() > kReplyBytesKept) std::string().swap(client->replies);
    if (!both.sent) co_return false;
    if (both.received) {
      client->received.received(*both.received);
      co_return *both.received > 0;
    }
    if (!both.received.error().is(Code::kDeadlineExceeded)) co_return false;
    until = idle;
    release_memory(*client);
  }
  for (;;) {
    const Result<std::size_t> received = co_await stream.receive(client->received.room(), until);
    if (received) {
      client->received.received(*received);
      co_return *received > 0;
    }
    if (!received.error().is(Code::kDeadlineExceeded)) co_return false;
    if (until == idle) {
      ++client->core->counters.idle;
      co_return false;
    }
    until = idle;
    release_memory(*client);
  }
}

/// Sends the replies. False: it could not be done.
Task<bool> send(Client* client) {
  if (client->duplex) {
    const bool sent = co_await client->duplex->send(client->replies);
    co_return sent;
  }
  // One who does not read is idle too.
  const Status sent =
      co_await client->open.stream.send(bytes_of(client->replies), idle_deadline(*client));
  co_return sent.ok();
}

/// Serves everything that has come; each round's replies are sent before the next one begins, so
/// that a client that does not read is not served. The last ones are left for receive(). False: the
/// connection is to end.
Task<bool> serve_received(Client* client) {
  Session& session = client->session;
  for (;;) {
    const ReadOutcome outcome = session.read(client->received.unread());
    client->received.consume(session.consumed());
    if (session.subscribed() && !client->duplex) {
      client->duplex = std::make_unique<DuplexStream>(client->self, &client->open.stream,
                                                      &client->received, &session, &client->heard);
    }
    bool done = session.pipeline().empty();
    while (!done) {
      client->replies.clear();
      done = co_await serve_round(&session, &client->core->shards, client->self.ref(),
                                  &client->replies);
      if (client->replies.empty()) continue;
      // The next receive sends them.
      if (done && outcome == ReadOutcome::kNeedMore && !client->duplex) co_return true;
      const bool sent = co_await send(client);
      if (!sent) co_return false;
      client->replies.clear();
    }
    if (client->replies.capacity() > kReplyBytesKept) std::string().swap(client->replies);
    client->closing = outcome == ReadOutcome::kClose;
    if (client->closing) co_return false;
    if (outcome == ReadOutcome::kNeedMore) co_return true;
  }
}

/// As receive(), of a client that listens, or did until now.
Task<bool> receive_from_listener(Client* client) {
  if (!client->session.subscribed()) {
    const bool arrived = co_await client->duplex->end();
    client->duplex.reset();
    if (arrived) co_return true;
    const bool received = co_await receive(client);
    co_return received;
  }
  const bool received = co_await client->duplex->receive();
  if (client->duplex->too_slow()) ++client->core->counters.too_slow;
  co_return received;
}

/// Ends this direction and waits a little for the client to end the other: closed at once, with
/// bytes of the client unread, the connection would be reset, and the last reply lost with it.
Task<void> part(Client* client) {
  const Deadline until = troupe::within(kFarewellPatience);
  const Status ended = client->open.stream.shutdown_send();
  if (!ended) co_return;
  for (;;) {
    client->received.consume(client->received.unread().size());
    const Result<std::size_t> received =
        co_await client->open.stream.receive(client->received.room(), until);
    if (!received || *received == 0) co_return;
    client->received.received(*received);
  }
}

}  // namespace

Behavior connection(Connection::Self self, Stream stream, ServerCore* core) {
  // Replies go as soon as they are written.
  const Status set = stream.set_nodelay(true);
  if (!set) co_return;
  const std::optional<std::int64_t> id = co_await admit(self, &stream, core);
  if (!id || core->closing) co_return;
  Client client(self, std::move(stream), core, *id);
  for (;;) {
    const bool received =
        co_await (client.duplex ? receive_from_listener(&client) : receive(&client));
    if (!received) break;
    core->info.uptime = self.now() - core->started;
    const bool goes_on = co_await serve_received(&client);
    if (!goes_on) break;
  }
  if (client.duplex) {
    const bool arrived = co_await client.duplex->end();
    (void)arrived;  // too late
  }
  if (client.closing) co_await part(&client);
}

}  // namespace kv
