// echo: echo over loopback by the runtime, on io_uring and on epoll, beside a plain io_uring loop
// in C. One server thread, one client thread that is the same for all; rounds take turns.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "actor/actor.h"
#include "bench/io/plain_echo.h"
#include "io/io_report.h"
#include "io/net/stream.h"

namespace {

using namespace troupe;

struct Workload {
  unsigned connections = 50;
  unsigned bytes = 64;
  std::uint64_t round_trips = 4000;
  unsigned rounds = 7;
};

/// What one run of a server came to.
struct Figures {
  double per_second = 0;       // round trips
  double cpu_nanoseconds = 0;  // of the server's thread, for each round trip
};

double thread_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// What the server tells the client's side.
struct Server {
  std::promise<std::uint16_t> port;
  double cpu_seconds = 0;
};

Task<Status> echo_pieces(io::Stream stream) {
  const Status set = stream.set_nodelay(true);
  if (!set) co_return set;
  for (;;) {
    const Result<io::Piece> piece = co_await stream.receive();
    if (!piece) co_return piece.error();
    if (piece->bytes().empty()) co_return ok();
    const Status sent = co_await stream.send(piece->bytes());
    if (!sent) co_return sent;
  }
}

Task<Status> echo_from_own_buffer(io::Stream stream) {
  std::vector<std::byte> buffer(4096);
  const Status set = stream.set_nodelay(true);
  if (!set) co_return set;
  for (;;) {
    const Result<std::size_t> received = co_await stream.receive(buffer);
    if (!received) co_return received.error();
    if (*received == 0) co_return ok();
    const Status sent = co_await stream.send(std::span(buffer).first(*received));
    if (!sent) co_return sent;
  }
}

/// A way to serve.
struct Way {
  const char* name;
  BackendKind backend = BackendKind::kUring;
  io::UringOptions uring = {};
  bool own_buffers = false;
};

Task<Status> serve(Root, Server* server, unsigned connections, bool own_buffers) {
  Result<io::Listener> listener = io::Listener::bind(io::Address::loopback(0));
  if (!listener) co_return listener.error();
  server->port.set_value(listener->local_address().value().port());
  std::vector<Task<Status>> echoes;
  for (unsigned i = 0; i < connections; ++i) {
    Result<io::Stream> stream = co_await listener->accept();
    if (!stream) co_return stream.error();
    echoes.push_back(own_buffers ? echo_from_own_buffer(std::move(*stream))
                                 : echo_pieces(std::move(*stream)));
  }
  const double before = thread_cpu_seconds();
  const std::vector<Status> ended = co_await troupe::all_of(std::move(echoes));
  server->cpu_seconds = thread_cpu_seconds() - before;
  for (const Status& status : ended) {
    if (!status) co_return status;
  }
  co_return ok();
}

void serve_by_runtime(Server& server, const Way& way, unsigned connections) {
  SystemOptions options;
  options.backend = way.backend;
  options.uring = way.uring;
  options.cores = 1;
  System system(options);
  const Status status = system.run(serve, &server, connections, way.own_buffers);
  if (status) return;
  std::fprintf(stderr, "error: %s\n", status.error().describe().c_str());
  std::exit(1);
}

void serve_plainly(Server& server, unsigned connections) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const io::Address here = io::Address::loopback(0);
  sockaddr_storage bound{};
  socklen_t bytes = sizeof bound;
  if (::bind(listener, here.data(), here.bytes()) != 0 || ::listen(listener, 4096) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &bytes) != 0) {
    std::perror("listen");
    std::exit(1);
  }
  server.port.set_value(io::Address::from(bound, bytes).port());
  const double before = thread_cpu_seconds();
  plain_echo_server(listener, connections);
  server.cpu_seconds = thread_cpu_seconds() - before;
  ::close(listener);
}

template <class Serve>
Figures measure(const Workload& load, Serve serve) {
  Server server;
  std::thread thread([&] {
    // The first CPU is the server's, as the runtime has it.
    cpu_set_t mask;
    CPU_ZERO(&mask);
    CPU_SET(0, &mask);
    sched_setaffinity(0, sizeof mask, &mask);
    serve(server);
  });
  const std::uint16_t port = server.port.get_future().get();
  const double seconds = plain_echo_client(port, load.connections, load.bytes, load.round_trips);
  thread.join();
  const double trips =
      static_cast<double>(load.connections) * static_cast<double>(load.round_trips);
  return {trips / seconds, server.cpu_seconds * 1e9 / trips};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

class Series {
 public:
  explicit Series(const char* name) : name_(name) {}
  void add(const Figures& figures) {
    per_second_.push_back(figures.per_second);
    cpu_.push_back(figures.cpu_nanoseconds);
  }
  void print(const Series& plain) const {
    std::printf("%-26s %9.0f round trips/s  %6.0f ns of CPU each   %.2f of plain's, CPU %.2f\n",
                name_, median(per_second_), median(cpu_),
                median(per_second_) / median(plain.per_second_), median(cpu_) / median(plain.cpu_));
  }

 private:
  const char* name_;
  std::vector<double> per_second_;
  std::vector<double> cpu_;
};

}  // namespace

int main(int argc, char** argv) {
  Workload load;
  CLI::App app("Echo over loopback: the runtime beside a plain io_uring loop, medians of rounds.");
  app.add_option("--connections", load.connections)->check(CLI::Range(1u, 400u));
  app.add_option("--bytes", load.bytes)->check(CLI::Range(1u, 4096u));
  app.add_option("--round-trips", load.round_trips)->check(CLI::Range(1u, 100'000'000u));
  app.add_option("--rounds", load.rounds)->check(CLI::Range(1u, 1000u));
  bool report = false;
  app.add_flag("--io-report", report, "Say what this kernel offers, and end.");
  CLI11_PARSE(app, argc, argv);
  if (report) {
    std::fputs(io::io_report().c_str(), stdout);
    return 0;
  }
  cpu_set_t client;
  CPU_ZERO(&client);
  CPU_SET(1, &client);
  sched_setaffinity(0, sizeof client, &client);  // With one CPU they share it.

  const std::vector<Way> ways = {
      {.name = "uring"},
      {.name = "uring, own buffers", .own_buffers = true},
      {.name = "uring, no registered files", .uring = {.registered_files = false}},
      {.name = "uring, no multishot", .uring = {.multishot_receive = false}},
      {.name = "uring, as on 5.15",
       .uring = {.deferred_work = false,
                 .cooperative_work = false,
                 .registered_ring = false,
                 .registered_files = false,
                 .multishot_accept = false,
                 .multishot_receive = false},
       .own_buffers = true},
      {.name = "epoll", .backend = BackendKind::kEpoll},
      {.name = "epoll, own buffers", .backend = BackendKind::kEpoll, .own_buffers = true},
  };
  Series plain("plain io_uring in C");
  std::vector<Series> series;
  for (const Way& way : ways) series.emplace_back(way.name);
  for (unsigned round = 0; round < load.rounds; ++round) {
    std::fprintf(stderr, "round %u of %u\n", round + 1, load.rounds);
    plain.add(measure(load, [&](Server& s) { serve_plainly(s, load.connections); }));
    for (std::size_t i = 0; i < ways.size(); ++i) {
      series[i].add(
          measure(load, [&](Server& s) { serve_by_runtime(s, ways[i], load.connections); }));
    }
  }
  std::printf("%u connections, %u bytes, %u rounds\n", load.connections, load.bytes, load.rounds);
  plain.print(plain);
  for (const Series& each : series) each.print(plain);
  return 0;
}
