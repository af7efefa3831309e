#include "bench/actors.h"

#include <utility>

namespace bench {

using troupe::Behavior;
using troupe::Ref;

Behavior sink(Sink::Self self, std::uint64_t window) {
  std::uint64_t total = 0;
  std::uint64_t count = 0;
  Ref<Source> from;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Sink::Kind::kStop:
        co_return;
      case Sink::Kind::kUnknown:
        break;
      case Sink::Kind::kAdd:
        total += msg.add().value();
        if (++count % window == 0) from.tell().more();
        break;
      case Sink::Kind::kTotal:
        msg.total().reply(total);
        break;
      case Sink::Kind::kJoin:
        from = msg.join().from();
        break;
    }
  }
}

Behavior source(Source::Self self) {
  Source::RunReplyTo finished;
  Ref<Sink> to;
  std::uint64_t left = 0;
  std::uint64_t unacknowledged = 0;
  std::uint64_t window = 1;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Source::Kind::kStop:
        co_return;
      case Source::Kind::kUnknown:
        break;
      case Source::Kind::kMore: {
        unacknowledged -= window;
        const std::uint64_t now = left < window ? left : window;
        for (std::uint64_t i = 0; i < now; ++i) to.tell().add(1);
        left -= now;
        unacknowledged += now;
        if (unacknowledged == 0) finished.reply();
        break;
      }
      case Source::Kind::kRun: {
        auto run = msg.run();
        to = run.to();
        window = run.window();
        left = run.messages() - run.ahead();
        unacknowledged = run.ahead();
        to.tell().join(self.ref());
        for (std::uint64_t i = 0; i < run.ahead(); ++i) to.tell().add(1);
        finished = run.take_reply();
        break;
      }
    }
  }
}

Behavior node(Node::Self self) {
  Ref<Node> next;
  Node::RunReplyTo finished;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Node::Kind::kStop:
        co_return;
      case Node::Kind::kUnknown:
        break;
      case Node::Kind::kLink:
        next = msg.link().next();
        break;
      case Node::Kind::kHop:
        if (msg.hop().left() != 0) {
          next.tell().hop(msg.hop().left() - 1);
        } else {
          // The ring's length divides the hops, so the last one is back at the start.
          if (finished) finished.reply();
        }
        break;
      case Node::Kind::kRun:
        next.tell().hop(msg.run().hops() - 1);
        finished = msg.run().take_reply();
        break;
    }
  }
}

Behavior counter(Counter::Self self) {
  std::uint64_t total = 0;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Counter::Kind::kStop:
        co_return;
      case Counter::Kind::kUnknown:
        break;
      case Counter::Kind::kAdd:
        total += msg.add().value();
        break;
      case Counter::Kind::kTotal:
        msg.total().reply(total);
        break;
    }
  }
}

Behavior one_message(Sink::Self self) {
  auto msg = co_await self.receive();
  (void)msg.kind();
}

}  // namespace bench
