#include "examples/kv/acceptor.h"

#include <utility>

#include "base/log.h"
#include "base/scope.h"
#include "examples/kv/connection.h"

namespace kv {

using troupe::Behavior;
using troupe::Code;
using troupe::Result;
using troupe::Status;
using troupe::Task;
using troupe::io::Listener;
using troupe::io::Stream;

namespace {

Task<Status> accept_clients(Listener* listener, ServerCore* core) {
  troupe::Time silent_until{};
  for (;;) {
    Result<Stream> accepted = co_await listener->accept();
    if (accepted) {
      // Nobody's child: it outlives the acceptor, which ends first.
      core->root.spawn<Connection>(connection, std::move(*accepted), core);
      continue;
    }
    if (!accepted.error().is(Code::kIo)) co_return troupe::ok();  // cancelled
    ++core->counters.not_accepted;
    if (core->root.now() >= silent_until) {
      silent_until = core->root.now() + kAcceptWarningPause;
      troupe::log_warning(troupe::Core::current().node().log(),
                          "kv_server: no client can be accepted on core %u: %s; it is tried again "
                          "(raise ulimit -n, or lower --max-clients)",
                          core->root.core(), accepted.error().describe().c_str());
    }
    const Status slept = co_await troupe::sleep_for(kAcceptPause);
    if (!slept) co_return troupe::ok();
  }
}

}  // namespace

Behavior acceptor(Acceptor::Self self, Listener listener, ServerCore* core) {
  troupe::Scope accepting;
  co_await accepting.start(accept_clients(&listener, core));
  bool stopping = false;
  while (!stopping) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Acceptor::Kind::kStop:
        stopping = true;
        break;
      case Acceptor::Kind::kUnknown:
        break;
      case Acceptor::Kind::kClients:
        core->info.clients = msg.clients().count();
        break;
    }
  }
  accepting.cancel();
  const troupe::ScopeEnd ended = co_await accepting.join();
  (void)ended;  // it was cancelled
}

}  // namespace kv
