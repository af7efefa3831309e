// SimNetworkOptions: how the simulated network behaves, and which faults it has.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace troupe::io {

/// By default what any network does any time: delays, short reads and writes, cancellations that
/// come too late. What breaks a connection or loses a datagram is off: 0. "One in N" is by seed; 0
/// means never, 1 always. Unix sockets know delays and short pieces, no faults.
struct SimNetworkOptions {
  /// A piece of a stream, a datagram, and each step of a connection's begin take a random time
  /// between these two. The order within one direction of a stream is kept, that between
  /// connections is not.
  Duration delay_min = std::chrono::microseconds(5);
  Duration delay_max = std::chrono::microseconds(100);
  /// From when an operation can end until its core hears of it, at most.
  Duration completion_delay_max = std::chrono::microseconds(2);
  /// From a cancellation until it takes effect, at most; what comes meanwhile counts.
  Duration cancel_delay_max = std::chrono::microseconds(5);

  /// Of each direction of a stream: bytes sent and on their way; bytes that came and wait for a
  /// receive. Once both are full, a send waits.
  std::size_t send_buffer_bytes = 64 * 1024;
  std::size_t receive_buffer_bytes = 64 * 1024;
  /// Open sockets, at most: EMFILE.
  unsigned sockets_max = 65'536;

  /// A receive or a send of a stream takes a random part of what it could.
  unsigned short_one_in = 16;
  /// A receive or a send finds its connection lost: ECONNRESET on both sides.
  unsigned connection_loss_one_in = 0;
  /// A connect that finds a listener is refused all the same.
  unsigned connect_refused_one_in = 0;
  /// A connect is never answered: ETIMEDOUT after connect_timeout, as where a backlog stays full.
  unsigned connect_timeout_one_in = 0;
  Duration connect_timeout = std::chrono::seconds(127);

  /// A datagram is lost, comes twice, or comes late and may be overtaken.
  unsigned datagram_loss_one_in = 0;
  unsigned datagram_duplicate_one_in = 0;
  unsigned datagram_reorder_one_in = 0;
  /// A larger one is refused: EMSGSIZE.
  std::size_t datagram_bytes_max = 65'507;
  /// Bytes that wait for a receive, at most; what comes then is lost.
  std::size_t datagram_buffer_bytes = 208 * 1024;
};

/// What the network did. Each thing that was lost is counted once.
struct SimNetworkCounters {
  std::uint64_t connections = 0;          ///< Made.
  std::uint64_t connections_lost = 0;     ///< By connection_loss_one_in.
  std::uint64_t connections_refused = 0;  ///< By connect_refused_one_in.
  std::uint64_t connections_ignored = 0;  ///< By connect_timeout_one_in.
  std::uint64_t resets = 0;               ///< Connections that ended with a reset, whyever.
  std::uint64_t short_pieces = 0;         ///< By short_one_in.
  std::uint64_t cancellations = 0;        ///< That took effect.
  std::uint64_t cancellations_late = 0;   ///< The operation had ended another way.
  std::uint64_t datagrams = 0;            ///< Sent.
  std::uint64_t datagrams_lost = 0;       ///< By datagram_loss_one_in.
  std::uint64_t datagrams_doubled = 0;
  std::uint64_t datagrams_reordered = 0;
  std::uint64_t datagrams_unheard = 0;  ///< Nobody had the address.
  std::uint64_t datagrams_dropped = 0;  ///< No room at the receiver.
};

}  // namespace troupe::io
