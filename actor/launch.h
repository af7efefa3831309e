// launch: a program that is one actor, and ends with it.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "actor/end.h"
#include "actor/root.h"
#include "actor/system.h"
#include "base/result.h"
#include "base/task.h"

namespace troupe {

namespace detail {

template <class A, class F, class... Args>
Task<Status> run_launched(Root root, SpawnOptions options, std::string name, F behavior,
                          std::tuple<Args...> args) {
  options.name = name;
  auto spawned = std::apply(
      [&](Args&... each) { return root.try_spawn<A>(options, behavior, std::move(each)...); },
      args);
  if (!spawned) co_return spawned.error();
  auto end = co_await until_ended(*spawned, Deadline(Time::max()));
  if (!end) co_return end.error();
  switch (end->reason()) {
    case DownReason::kNormal:
    case DownReason::kStopped:
      break;
    case DownReason::kFailed:
    case DownReason::kKilled:
    case DownReason::kNoSuchActor:
    case DownReason::kNodeLost:
      log_warning(Core::current().node().log(), "%s ended (%s): %s", name.c_str(),
                  to_string(end->reason()), end->what().c_str());
      co_return Error(Code::kFailed, 0, "the launched actor failed");
  }
  co_return ok();
}

}  // namespace detail

/// A whole main(): starts a system, spawns `behavior` in it as /user/NAME, and ends when that actor
/// has ended or a signal asks for it. The exit code: 0 if it came to its end or was asked to stop,
/// 1 if it failed, 128 plus the signal's number.
///
///     int main() { return launch<shop::Shop>({}, {.name = "shop"}, shop_keeper, opening_hours); }
template <class A, class F, class... Args>
int launch(SystemOptions options, const SpawnOptions& spawn, F behavior, Args... args) {
  System system(std::move(options));
  return system.exit_code(system.run(detail::run_launched<A, F, Args...>, spawn,
                                     std::string(spawn.name), std::move(behavior),
                                     std::tuple<Args...>(std::move(args)...)));
}

}  // namespace troupe
