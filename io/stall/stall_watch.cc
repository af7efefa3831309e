#include "io/stall/stall_watch.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "io/stall/stall_snapshot.h"
#include "io/stall/stall_tracker.h"

namespace troupe::io {

namespace {

/// Looks at a core within one threshold.
constexpr int kLooksPerThreshold = 2;
/// While all cores sleep, looks are so many times rarer.
constexpr int kIdleFactor = 8;
/// The length of a stall is known to one part in so many.
constexpr int kLengthParts = 16;
constexpr Duration kLookEveryMin = std::chrono::milliseconds(1);
constexpr Duration kAnswerStep = std::chrono::microseconds(200);

Time time_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return Time(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

long long milliseconds(Duration duration) {
  return static_cast<long long>(duration / std::chrono::milliseconds(1));
}

/// The letter that /proc gives for what a thread of this process does; '?' if it gives none.
char state_of(pid_t thread) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/stat", static_cast<int>(thread));
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return '?';
  char text[256] = "";
  const std::size_t size = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  // After the name, which is in parentheses and may hold some itself.
  const std::string_view stat(text, size);
  const std::size_t name_end = stat.rfind(')');
  return name_end != stat.npos && name_end + 2 < size ? stat[name_end + 2] : '?';
}

const char* explain(char state) {
  switch (state) {
    case 'R':
      return "";
    case 'S':
    case 'D':
      return "; it is blocked in a system call";
    case 'T':
    case 't':
      return "; it is stopped by a signal or a debugger";
    default:
      return "";
  }
}

}  // namespace

/// One core under watch. Made by its thread; then, under the watch's mutex, the watching thread's.
class StallWatch::Watched {
 public:
  Watched(Reactor& core, Duration threshold, Duration report_every)
      : core(core), thread(gettid()), request(core), tracker(threshold), limit(report_every) {
    TROUPE_CHECK(pthread_getcpuclockid(pthread_self(), &cpu_clock) == 0,
                 "a thread has no CPU clock");
  }

  Reactor& core;
  const pid_t thread;
  clockid_t cpu_clock{};
  SnapshotRequest request;
  StallTracker tracker;
  StallLimit limit;
  Time cpu_time{};        // At the look before this one.
  Time looked_at{};       // The same, by the clock.
  bool reported = false;  // The present stall.
  std::string who;        // Of the reported stall.
};

StallWatch::StallWatch(Duration threshold, Log& log, Duration report_every)
    : threshold_(threshold), report_every_(report_every), log_(log) {
  TROUPE_CHECK(threshold >= kLookEveryMin, "a stall detector's threshold is at least 1 ms");
  // Signals are for the program's threads: this one blocks them all.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    log_warning(log_, "stalls are not watched for: no thread (ulimit -u)");
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

StallWatch::~StallWatch() {
  {
    const std::lock_guard lock(mutex_);
    TROUPE_CHECK(watched_.empty(), "a StallWatch ends before the cores that it watches");
    end_ = true;
  }
  ending_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void StallWatch::attach(Reactor& core) {
  auto watched = std::make_unique<Watched>(core, threshold_, report_every_);
  const std::lock_guard lock(mutex_);
  if (!watched->request.possible() && !warned_of_signal_) {
    warned_of_signal_ = true;
    log_warning(log_, "stalls are reported without stacks: the program handles %s itself",
                SnapshotRequest::kSignalName);
  }
  watched_.push_back(std::move(watched));
}

void StallWatch::detach(Reactor& core) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find_if(watched_, [&](const auto& watched) { return &watched->core == &core; });
  TROUPE_CHECK(found != watched_.end(), "detach() of a core that is not watched");
  // The core goes on, right here: a stall that it was in has ended.
  look(**found);
  if ((*found)->tracker.stalled()) report_end(**found);
  watched_.erase(found);
}

void StallWatch::run() {
  std::unique_lock lock(mutex_);
  Duration pause = threshold_ / kLooksPerThreshold;
  while (!ending_.wait_for(lock, pause, [this] { return end_; })) pause = look_at_all();
}

/// Says after how long to look the next time.
Duration StallWatch::look_at_all() {
  Duration pause = threshold_ / kLooksPerThreshold;
  bool all_rest = true;
  for (const auto& watched : watched_) {
    look(*watched);
    all_rest &= watched->tracker.progress().resting;
    if (watched->tracker.stalled()) {
      pause = std::min(pause, std::max(watched->tracker.lasted() / kLengthParts, kLookEveryMin));
    }
  }
  return all_rest ? pause * kIdleFactor : pause;
}

void StallWatch::look(Watched& watched) {
  const Time now = time_of(CLOCK_MONOTONIC);
  switch (watched.tracker.look(watched.core.progress(), now)) {
    case StallTracker::Event::kNone:
      break;
    case StallTracker::Event::kBegan:
      watched.core.note_stall();
      [[fallthrough]];
    case StallTracker::Event::kGoesOn:
      watched.core.note_stall_lasted(watched.tracker.lasted());
      if (watched.reported || !watched.limit.allows(now)) break;
      watched.reported = true;
      report_begin(watched);
      break;
    case StallTracker::Event::kEnded:
      report_end(watched);
      break;
  }
  if (!watched.tracker.stalled() && !watched.tracker.progress().resting) {
    watched.cpu_time = time_of(watched.cpu_clock);
    watched.looked_at = now;
  }
}

void StallWatch::report_begin(Watched& watched) {
  const Duration on_cpu = time_of(watched.cpu_clock) - watched.cpu_time;
  const Duration in_all = time_of(CLOCK_MONOTONIC) - watched.looked_at;
  const char state = state_of(watched.thread);
  const StallSnapshot* seen = nullptr;
  if (watched.request.possible()) {
    watched.request.ask();
    for (Duration waited{}; seen == nullptr && waited < kAnswerWithin; waited += kAnswerStep) {
      std::this_thread::sleep_for(kAnswerStep);
      seen = watched.request.answer();
    }
  }
  char line[256];
  std::snprintf(line, sizeof line,
                "core %u is stalled: it runs one thing for %lld ms so far, and was on the CPU for "
                "%lld of the last %lld ms%s",
                unsigned{watched.core.index()}, milliseconds(watched.tracker.lasted()),
                milliseconds(on_cpu), milliseconds(in_all), explain(state));
  std::string text = line;
  if (const std::uint64_t others = watched.limit.take_suppressed(); others != 0) {
    text += "; " + std::to_string(others) + " stalls before this one were not reported";
  }
  watched.who.clear();
  if (seen != nullptr && seen->progress == watched.tracker.progress()) {
    const std::string what = seen->text();
    watched.who = what.substr(0, what.find('\n'));
    text += "\n" + what;
  } else if (seen != nullptr) {
    text += "\nit went on before it could say what it did";
  } else if (watched.request.possible()) {
    text += "\nits thread does not answer";
  }
  log_.warning(text);
}

void StallWatch::report_end(Watched& watched) {
  watched.core.note_stall_lasted(watched.tracker.lasted());
  if (!watched.reported) return watched.limit.suppress();
  watched.reported = false;
  log_warning(log_, "core %u goes on: the stall%s%s took %lld ms", unsigned{watched.core.index()},
              watched.who.empty() ? "" : " of ", watched.who.c_str(),
              milliseconds(watched.tracker.lasted()));
}

}  // namespace troupe::io
