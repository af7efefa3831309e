// Exchange: what a reactor moves between cores each turn. The transport layer implements it.
#pragma once

namespace troupe::io {

/// Thread: owner core only.
class Exchange {
 public:
  virtual ~Exchange() = default;

  /// Takes everything other cores have published. True if there was anything.
  virtual bool receive() = 0;
  /// Publishes what this turn wrote for other cores. True if something is left to publish later (a
  /// full ring, or a simulated delay): the core must not sleep then.
  virtual bool publish() = 0;
  /// True if another core has published something: the last look before sleeping. The load must be
  /// sequentially consistent: it pairs with the publisher's store before it looks at `sleeping`.
  virtual bool has_inbound() const = 0;
};

}  // namespace troupe::io
