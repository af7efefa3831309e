#include "bench/plain_echo.h"

#include <arpa/inet.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace bench {

namespace {

constexpr unsigned kEntries = 256;
constexpr unsigned kBufferBytes = 4096;

[[noreturn]] void fail(const char* what, int number) {
  std::fprintf(stderr, "error: %s: %s\n", what, std::strerror(number));
  std::exit(1);
}

void set_nodelay(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// One connection: it sends or receives, never both.
struct Connection {
  int socket = -1;
  bool sending = false;
  unsigned done = 0;  // of the message, in the direction under way
  std::uint64_t left = 0;
  char buffer[kBufferBytes];
};

/// A ring as the runtime's.
class Ring {
 public:
  Ring() {
    io_uring_params parameters{};
    parameters.flags = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                       IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    const int result = io_uring_queue_init_params(kEntries, &ring_, &parameters);
    if (result < 0) fail("io_uring", -result);
  }
  ~Ring() { io_uring_queue_exit(&ring_); }

  void receive(Connection& connection, unsigned bytes) {
    connection.sending = false;
    io_uring_sqe* const entry = next();
    io_uring_prep_recv(entry, connection.socket, connection.buffer, bytes, 0);
    io_uring_sqe_set_data(entry, &connection);
  }
  void send(Connection& connection, unsigned bytes) {
    connection.sending = true;
    io_uring_sqe* const entry = next();
    io_uring_prep_send(entry, connection.socket, connection.buffer, bytes, MSG_NOSIGNAL);
    io_uring_sqe_set_data(entry, &connection);
  }

  /// Submits, waits for one completion at least, and calls `use(connection, result)` for each.
  template <class Use>
  void turn(Use use) {
    const int result = io_uring_submit_and_wait(&ring_, 1);
    if (result < 0 && result != -EINTR) fail("io_uring_enter", -result);
    io_uring_cqe* completion = nullptr;
    unsigned head = 0;
    unsigned count = 0;
    io_uring_for_each_cqe(&ring_, head, completion) {
      use(*static_cast<Connection*>(io_uring_cqe_get_data(completion)), completion->res);
      ++count;
    }
    io_uring_cq_advance(&ring_, count);
  }

 private:
  io_uring_sqe* next() {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    if (entry != nullptr) return entry;
    io_uring_submit(&ring_);
    return io_uring_get_sqe(&ring_);
  }

  io_uring ring_{};
};

}  // namespace

void plain_echo_server(int listener, unsigned connections) {
  Ring ring;
  std::vector<Connection> all(connections);
  for (Connection& connection : all) {
    connection.socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection.socket < 0) fail("accept", errno);
    set_nodelay(connection.socket);
    ring.receive(connection, kBufferBytes);
  }
  while (connections > 0) {
    ring.turn([&](Connection& connection, int result) {
      if (result <= 0) {
        close(connection.socket);
        --connections;
      } else if (connection.sending) {
        ring.receive(connection, kBufferBytes);
      } else {
        ring.send(connection, static_cast<unsigned>(result));
      }
    });
  }
}

double plain_echo_client(std::uint16_t port, unsigned connections, unsigned bytes,
                         std::uint64_t round_trips) {
  Ring ring;
  std::vector<Connection> all(connections);
  for (Connection& connection : all) {
    connection.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      fail("connect", errno);
    }
    set_nodelay(connection.socket);
    connection.left = round_trips;
    std::memset(connection.buffer, 'x', bytes);
  }
  const auto start = std::chrono::steady_clock::now();
  for (Connection& connection : all) ring.send(connection, bytes);
  unsigned open = connections;
  while (open > 0) {
    ring.turn([&](Connection& connection, int result) {
      if (result <= 0) fail("echo", result == 0 ? ECONNRESET : -result);
      if (connection.sending) {
        connection.done = 0;
        ring.receive(connection, bytes);
      } else if ((connection.done += static_cast<unsigned>(result)) < bytes) {
        ring.receive(connection, bytes - connection.done);
      } else if (--connection.left > 0) {
        ring.send(connection, bytes);
      } else {
        --open;
      }
    });
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  for (Connection& connection : all) close(connection.socket);
  return taken.count();
}

}  // namespace bench
