#define _GNU_SOURCE
#include "bench/io/plain_echo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kEntries = 256, kBuffers = 128, kBufferBytes = 16 * 1024, kMessageBytesMax = 4096 };

/* What a completion is of: the kind above, the connection and the buffer below. */
enum Kind { kReceived, kSent };

static _Noreturn void fail(const char* what, int number) {
  fprintf(stderr, "error: %s: %s\n", what, strerror(number));
  exit(1);
}

static void* allocate(size_t count, size_t bytes) {
  void* const memory = calloc(count, bytes);
  if (memory == NULL) fail("memory", ENOMEM);
  return memory;
}

static void set_nodelay(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void open_ring(struct io_uring* ring) {
  struct io_uring_params parameters;
  memset(&parameters, 0, sizeof parameters);
  parameters.flags = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                     IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  int result = io_uring_queue_init_params(kEntries, ring, &parameters);
  if (result < 0) fail("io_uring", -result);
  result = io_uring_register_ring_fd(ring);
  if (result != 1) fail("register_ring_fd", -result);
}

static struct io_uring_sqe* next_entry(struct io_uring* ring) {
  struct io_uring_sqe* entry = io_uring_get_sqe(ring);
  if (entry == NULL) {
    io_uring_submit(ring);
    entry = io_uring_get_sqe(ring);
  }
  return entry;
}

static uint64_t tag_of(enum Kind kind, unsigned connection, unsigned buffer) {
  return (uint64_t)kind << 62 | (uint64_t)buffer << 32 | connection;
}

/* The server: registered files, whose slots are the connections' numbers, and provided buffers. */
struct Server {
  struct io_uring ring;
  struct io_uring_buf_ring* provided;
  char* buffers;
  int* sockets;
  unsigned open;
};

static char* buffer_at(const struct Server* server, unsigned buffer) {
  return server->buffers + (size_t)buffer * kBufferBytes;
}

static void provide(struct Server* server, unsigned buffer) {
  io_uring_buf_ring_add(server->provided, buffer_at(server, buffer), kBufferBytes,
                        (unsigned short)buffer, io_uring_buf_ring_mask(kBuffers), 0);
  io_uring_buf_ring_advance(server->provided, 1);
}

static void open_buffers(struct Server* server) {
  const size_t bytes = kBuffers * sizeof(struct io_uring_buf);
  server->provided =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (server->provided == MAP_FAILED) fail("mmap", errno);
  struct io_uring_buf_reg registration;
  memset(&registration, 0, sizeof registration);
  registration.ring_addr = (uint64_t)(uintptr_t)server->provided;
  registration.ring_entries = kBuffers;
  const int result = io_uring_register_buf_ring(&server->ring, &registration, 0);
  if (result != 0) fail("register_buf_ring", -result);
  server->buffers = allocate(kBuffers, kBufferBytes);
  io_uring_buf_ring_init(server->provided);
  for (unsigned i = 0; i < kBuffers; ++i) provide(server, i);
}

static void receive_again_and_again(struct Server* server, unsigned connection) {
  struct io_uring_sqe* const entry = next_entry(&server->ring);
  io_uring_prep_recv_multishot(entry, (int)connection, NULL, 0, 0);
  entry->flags |= IOSQE_BUFFER_SELECT | IOSQE_FIXED_FILE;
  entry->buf_group = 0;
  io_uring_sqe_set_data64(entry, tag_of(kReceived, connection, 0));
}

static void received(struct Server* server, const struct io_uring_cqe* completion) {
  const unsigned connection = (unsigned)io_uring_cqe_get_data64(completion);
  if (completion->res > 0) {
    const unsigned buffer = completion->flags >> IORING_CQE_BUFFER_SHIFT;
    struct io_uring_sqe* const entry = next_entry(&server->ring);
    io_uring_prep_send(entry, (int)connection, buffer_at(server, buffer),
                       (size_t)completion->res, MSG_NOSIGNAL | MSG_WAITALL);
    entry->flags |= IOSQE_FIXED_FILE;
    io_uring_sqe_set_data64(entry, tag_of(kSent, connection, buffer));
  } else if (completion->res != -ENOBUFS) {
    close(server->sockets[connection]);
    --server->open;
    return;
  }
  if ((completion->flags & IORING_CQE_F_MORE) == 0) receive_again_and_again(server, connection);
}

static void sent(struct Server* server, const struct io_uring_cqe* completion) {
  if (completion->res < 0) fail("send", -completion->res);
  provide(server, (unsigned)(io_uring_cqe_get_data64(completion) >> 32) & 0xFFFF);
}

static void take_completions(struct Server* server) {
  struct io_uring_cqe* completion = NULL;
  unsigned head = 0;
  unsigned count = 0;
  io_uring_for_each_cqe(&server->ring, head, completion) {
    if (io_uring_cqe_get_data64(completion) >> 62 == kReceived) {
      received(server, completion);
    } else {
      sent(server, completion);
    }
    ++count;
  }
  io_uring_cq_advance(&server->ring, count);
}

void plain_echo_server(int listener, unsigned connections) {
  struct Server server;
  memset(&server, 0, sizeof server);
  open_ring(&server.ring);
  open_buffers(&server);
  server.sockets = allocate(connections, sizeof *server.sockets);
  for (unsigned i = 0; i < connections; ++i) {
    server.sockets[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (server.sockets[i] < 0) fail("accept", errno);
    set_nodelay(server.sockets[i]);
  }
  const int result = io_uring_register_files(&server.ring, server.sockets, connections);
  if (result < 0) fail("register_files", -result);
  server.open = connections;
  for (unsigned i = 0; i < connections; ++i) receive_again_and_again(&server, i);
  while (server.open > 0) {
    const int entered = io_uring_submit_and_wait(&server.ring, 1);
    if (entered < 0 && entered != -EINTR) fail("io_uring_enter", -entered);
    take_completions(&server);
  }
  io_uring_queue_exit(&server.ring);
  munmap(server.provided, kBuffers * sizeof(struct io_uring_buf));
  free(server.buffers);
  free(server.sockets);
}

/* The client: a connection sends or receives, never both. */
struct Connection {
  int socket;
  bool sending;
  unsigned done; /* of the message, in the direction under way */
  uint64_t left;
  char buffer[kMessageBytesMax];
};

static void receive(struct io_uring* ring, struct Connection* connection, unsigned bytes) {
  connection->sending = false;
  struct io_uring_sqe* const entry = next_entry(ring);
  io_uring_prep_recv(entry, connection->socket, connection->buffer, bytes, 0);
  io_uring_sqe_set_data(entry, connection);
}

static void send_message(struct io_uring* ring, struct Connection* connection, unsigned bytes) {
  connection->sending = true;
  struct io_uring_sqe* const entry = next_entry(ring);
  io_uring_prep_send(entry, connection->socket, connection->buffer, bytes, MSG_NOSIGNAL);
  io_uring_sqe_set_data(entry, connection);
}

static void connect_to(struct Connection* connection, uint16_t port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(connection->socket, (const struct sockaddr*)&address, sizeof address) != 0) {
    fail("connect", errno);
  }
  set_nodelay(connection->socket);
}

static double now_in_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Goes on with a connection; false when it has made its last round trip. */
static bool go_on(struct io_uring* ring, struct Connection* connection, int result,
                  unsigned bytes) {
  if (result <= 0) fail("echo", result == 0 ? ECONNRESET : -result);
  if (connection->sending) {
    connection->done = 0;
    receive(ring, connection, bytes);
  } else if ((connection->done += (unsigned)result) < bytes) {
    receive(ring, connection, bytes - connection->done);
  } else if (--connection->left > 0) {
    send_message(ring, connection, bytes);
  } else {
    return false;
  }
  return true;
}

double plain_echo_client(uint16_t port, unsigned connections, unsigned bytes,
                         uint64_t round_trips) {
  struct io_uring ring;
  open_ring(&ring);
  struct Connection* const all = allocate(connections, sizeof *all);
  for (unsigned i = 0; i < connections; ++i) {
    connect_to(&all[i], port);
    all[i].left = round_trips;
    memset(all[i].buffer, 'x', bytes);
  }
  const double start = now_in_seconds();
  for (unsigned i = 0; i < connections; ++i) send_message(&ring, &all[i], bytes);
  for (unsigned open = connections; open > 0;) {
    const int entered = io_uring_submit_and_wait(&ring, 1);
    if (entered < 0 && entered != -EINTR) fail("io_uring_enter", -entered);
    struct io_uring_cqe* completion = NULL;
    unsigned head = 0;
    unsigned count = 0;
    io_uring_for_each_cqe(&ring, head, completion) {
      if (!go_on(&ring, io_uring_cqe_get_data(completion), completion->res, bytes)) --open;
      ++count;
    }
    io_uring_cq_advance(&ring, count);
  }
  const double taken = now_in_seconds() - start;
  for (unsigned i = 0; i < connections; ++i) close(all[i].socket);
  io_uring_queue_exit(&ring);
  free(all);
  return taken;
}
