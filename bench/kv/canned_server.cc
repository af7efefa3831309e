// canned_server PORT: answers redis-benchmark without looking at what it asks: the ceiling of the
// client. It learns the length of a connection's requests from the first one, which is right for
// requests of one length (redis-benchmark without -r), and then only counts bytes.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

constexpr std::size_t kReceiveBytes = 64 * 1024;
constexpr int kEventsMax = 256;

/// What is known of one client.
struct Connection {
  std::size_t request_bytes = 0;  // 0: not known yet
  std::size_t surplus = 0;        // bytes of a request that has not come whole
  std::string first;              // what came until the length was known
  std::string_view reply;
  std::string unsent;
};

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "error: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

/// The length of the request at the front of `text`; 0 if it is not whole.
std::size_t length_of(std::string_view text) {
  if (text.empty()) return 0;
  // An array of N strings has 2 N + 1 lines, none of which redis-benchmark breaks.
  const long lines = text.front() == '*' ? 2 * std::strtol(text.data() + 1, nullptr, 10) + 1 : 1;
  std::size_t end = 0;
  for (long line = 0; line < lines; ++line) {
    end = text.find('\n', end);
    if (end == std::string_view::npos) return 0;
    ++end;
  }
  return end;
}

std::string_view reply_to(std::string_view request) {
  if (request.find("PING") != std::string_view::npos) return "+PONG\r\n";
  if (request.find("\r\nGET\r\n") != std::string_view::npos) return "$3\r\nxxx\r\n";
  if (request.find("\r\nINCR\r\n") != std::string_view::npos) return ":1000\r\n";
  if (request.find("CONFIG") != std::string_view::npos) return "*2\r\n$4\r\nsave\r\n$0\r\n\r\n";
  return "+OK\r\n";
}

/// Appends as many replies as requests have become whole.
void answer(Connection& connection, std::string_view received) {
  std::size_t bytes = received.size();
  if (connection.request_bytes == 0) {
    connection.first.append(received);
    connection.request_bytes = length_of(connection.first);
    if (connection.request_bytes == 0) return;
    connection.reply =
        reply_to(std::string_view(connection.first).substr(0, connection.request_bytes));
    bytes = connection.first.size();
  }
  bytes += connection.surplus;
  connection.surplus = bytes % connection.request_bytes;
  for (std::size_t left = bytes / connection.request_bytes; left > 0; --left) {
    connection.unsent.append(connection.reply);
  }
}

/// False when the client has gone.
bool serve(int socket, Connection& connection, char* buffer) {
  for (;;) {
    const ssize_t count = recv(socket, buffer, kReceiveBytes, 0);
    if (count == 0) return false;
    if (count < 0) return errno == EAGAIN;
    answer(connection, {buffer, static_cast<std::size_t>(count)});
    if (!connection.unsent.empty()) {
      const ssize_t sent =
          send(socket, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) return false;
      connection.unsent.erase(0, sent < 0 ? 0 : static_cast<std::size_t>(sent));
    }
    if (static_cast<std::size_t>(count) < kReceiveBytes) return true;
  }
}

int listen_on(const char* port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (listen(listener, 1024) != 0) fail("listen");
  socklen_t bytes = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &bytes);
  std::printf("ready on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

void watch(int poll, int socket) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  if (epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) != 0) fail("epoll_ctl");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: canned_server PORT (0: a free one, which is printed)\n");
    return 2;
  }
  const int listener = listen_on(argv[1]);
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  watch(poll, listener);
  const auto buffer = std::make_unique<char[]>(kReceiveBytes);
  std::unordered_map<int, Connection> connections;
  for (;;) {
    epoll_event events[kEventsMax];
    const int count = epoll_wait(poll, events, kEventsMax, -1);
    for (int i = 0; i < count; ++i) {
      const int socket = events[i].data.fd;
      if (socket == listener) {
        const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0) continue;
        const int on = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(poll, client);
      } else if (!serve(socket, connections[socket], buffer.get())) {
        connections.erase(socket);
        close(socket);
      }
    }
  }
}
