#include "examples/hello/hello_server.h"

#include <chrono>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

Task<Status> server_main(Root root, std::string name, Duration every) {
  auto friendly = root.spawn<hello::Greeter>(greeter);
  for (;;) {
    auto answer = co_await friendly.ask(within(200ms)).greet(name);
    if (answer) {
      std::printf("%s\n", std::string(answer->greeting()).c_str());
      std::fflush(stdout);  // whoever reads a pipe sees it now
    } else if (!answer.error().is(Code::kStopping)) {
      co_return answer.error();
    }
    // Ok: somebody pressed Ctrl-C or sent SIGTERM. Otherwise it is time for the next greeting.
    auto stopped = co_await root.until_stopped(within(every));
    if (stopped) break;
  }
  std::printf("Goodbye, %s!\n", name.c_str());
  co_return ok();
}

}  // namespace

int serve(int argc, char** argv) {
  bool server = false;
  double every_seconds = 1.0;
  std::string name = "world";

  CLI::App app("Greets the world once; with --serve again and again, until Ctrl-C or SIGTERM.");
  app.add_flag("--serve", server, "Greet until Ctrl-C or SIGTERM, then exit 0");
  app.add_option("--every", every_seconds, "Seconds between two greetings")
      ->check(CLI::Range(0.001, 86'400.0))
      ->capture_default_str();
  app.add_option("--name", name, "Whom to greet; at most 1000 bytes")
      ->check(
          [](const std::string& text) { return text.size() <= 1000 ? "" : "at most 1000 bytes"; })
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    std::fprintf(stderr, "error: %s (see --help)\n", error.what());
    return 2;
  }
  if (!server) {
    std::fprintf(stderr, "error: the other options are for --serve (see --help)\n");
    return 2;
  }
  return troupe::run(server_main, name, Duration(static_cast<std::int64_t>(every_seconds * 1e9)));
}
