// Hello: one actor, one ask with a deadline.
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "actor/actor.h"
#include "examples/hello/hello.actor.h"
#include "examples/hello/hello_server.h"

using namespace troupe;
using namespace std::chrono_literals;

std::string greeting(std::string_view name) {
  std::string text = "Hello, ";
  text += name;
  text += "!";
  return text;
}

Behavior greeter(hello::Greeter::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case hello::Greeter::Kind::kStop:
        co_return;
      case hello::Greeter::Kind::kUnknown:
        break;
      case hello::Greeter::Kind::kGreet:
        msg.greet().reply(greeting(msg.greet().name()));
        break;
    }
  }
}

Task<Status> hello_main(Root root) {
  auto friendly = root.spawn<hello::Greeter>(greeter);
  auto answer = co_await friendly.ask(within(200ms)).greet("world");
  if (!answer) co_return answer.error();
  std::printf("%s\n", std::string(answer->greeting()).c_str());
  co_return ok();
}

int main(int argc, char** argv) { return argc > 1 ? serve(argc, argv) : troupe::run(hello_main); }
