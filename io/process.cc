#include "io/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "io/blocking/blocking.h"
#include "io/blocking/may_block.h"
#include "io/reactor.h"

extern "C" char** environ;

namespace troupe::io {

namespace {

constexpr int kStreams = 3;

Error system_error(int number, const char* operation) {
  return Error(Code::kIo, static_cast<std::uint64_t>(number), operation);
}

/// A descriptor that belongs to no core. Move-only. Thread: any, one at a time.
class LooseDescriptor {
 public:
  LooseDescriptor() = default;
  explicit LooseDescriptor(int number) : number_(number) {}
  LooseDescriptor(LooseDescriptor&& other) noexcept : number_(other.take()) {}
  LooseDescriptor& operator=(LooseDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~LooseDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  int take() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

/// A child that was started, and this process's ends of its pipes. If nobody takes it, it is
/// killed.
struct Started {
  explicit Started(Child child) : child(std::move(child)) {}
  Child child;
  std::array<LooseDescriptor, kStreams> ends;
};

/// What posix_spawn is told. Its functions fail for lack of memory alone.
class Plan {
 public:
  Plan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  void change_directory(const std::string& path) {
    note(posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()));
  }
  void put(int stream, int descriptor) {
    note(posix_spawn_file_actions_adddup2(&actions_, descriptor, stream));
  }
  void put_null(int stream) {
    note(posix_spawn_file_actions_addopen(&actions_, stream, "/dev/null", O_RDWR, 0));
  }
  /// The last step: nothing else reaches the child, whoever opened it without O_CLOEXEC.
  void close_the_rest() { note(posix_spawn_file_actions_addclosefrom_np(&actions_, kStreams)); }
  /// As a program expects to find them, whatever this process does with its signals.
  void reset_signals() {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    note(posix_spawnattr_setsigmask(&attributes_, &none));
    note(posix_spawnattr_setsigdefault(&attributes_, &all));
    note(posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  /// The child's id, or the errno.
  Result<int> carry_out(const char* program, char* const* arguments, char* const* environment) {
    int id = 0;
    if (failure_ == 0) {
      failure_ = posix_spawnp(&id, program, &actions_, &attributes_, arguments, environment);
    }
    if (failure_ != 0) return system_error(failure_, "start of a process");
    return id;
  }

 private:
  void note(int failure) {
    if (failure_ == 0) failure_ = failure;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  int failure_ = 0;
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (std::string& text : strings) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// A pipe for `stream` of a child: the child's end and this process's, whose flags are `flags`.
Result<std::pair<LooseDescriptor, LooseDescriptor>> make_pipe(int stream, int flags) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "pipe2");
  LooseDescriptor out(ends[0]);
  LooseDescriptor in(ends[1]);
  LooseDescriptor& ours = stream == STDIN_FILENO ? in : out;
  LooseDescriptor& theirs = stream == STDIN_FILENO ? out : in;
  // Of this end alone: programs expect that theirs block.
  if (flags != 0 && ::fcntl(ours.number(), F_SETFL, flags) != 0) {
    return system_error(errno, "fcntl of a pipe");
  }
  // Above the three, or setting up one of them might close the end meant for another.
  LooseDescriptor high(::fcntl(theirs.number(), F_DUPFD_CLOEXEC, kStreams));
  if (high.number() < 0) return system_error(errno, "fcntl of a pipe");
  return std::pair(std::move(high), std::move(ours));
}

/// Starts a child. Blocks until it has begun its program.
class Start {
 public:
  Start(ProcessOptions options, int flags) : options_(std::move(options)), flags_(flags) {}

  Result<Started> operator()() {
    may_block("the start of a process");
    Plan plan;
    if (!options_.working_directory.empty()) plan.change_directory(options_.working_directory);
    std::array<LooseDescriptor, kStreams> theirs;
    std::array<LooseDescriptor, kStreams> ours;
    const ChildStream streams[kStreams] = {options_.input, options_.output, options_.errors};
    for (int stream = 0; stream < kStreams; ++stream) {
      const auto index = static_cast<std::size_t>(stream);
      if (streams[index] == ChildStream::kNull) plan.put_null(stream);
      if (streams[index] != ChildStream::kPipe) continue;
      auto made = make_pipe(stream, flags_);
      if (!made) return made.error();
      theirs[index] = std::move(made->first);
      ours[index] = std::move(made->second);
      plan.put(stream, theirs[index].number());
    }
    plan.close_the_rest();
    plan.reset_signals();
    const Result<int> id = start(plan);
    if (!id) return id.error();
    Result<Child> child = Child::adopt(*id);
    if (!child) return child.error();
    Started started(std::move(*child));
    started.ends = std::move(ours);
    return started;
  }

 private:
  Result<int> start(Plan& plan) {
    std::vector<std::string> words = {options_.program};
    for (std::string& argument : options_.arguments) words.push_back(std::move(argument));
    const std::vector<char*> arguments = pointers(words);
    if (!options_.environment) {
      return plan.carry_out(options_.program.c_str(), arguments.data(), environ);
    }
    const std::vector<char*> environment = pointers(*options_.environment);
    return plan.carry_out(options_.program.c_str(), arguments.data(), environment.data());
  }

  ProcessOptions options_;
  int flags_;
};

bool has_zero_byte(const std::vector<std::string>& strings) {
  return std::ranges::any_of(
      strings, [](const std::string& text) { return text.find('\0') != std::string::npos; });
}

Status check(const ProcessOptions& options) {
  if (options.program.empty()) {
    return Error(Code::kInvalidArgument, 0, "ProcessOptions::program is empty");
  }
  if (has_zero_byte({options.program, options.working_directory}) ||
      has_zero_byte(options.arguments) ||
      (options.environment && has_zero_byte(*options.environment))) {
    return Error(Code::kInvalidArgument, 0, "ProcessOptions: a string with a zero byte");
  }
  if (options.arguments.size() > kArgumentsMax ||
      (options.environment && options.environment->size() > kArgumentsMax)) {
    return Error(Code::kInvalidArgument, kArgumentsMax, "ProcessOptions: too many strings");
  }
  return ok();
}

}  // namespace

Task<Result<Process>> Process::spawn(ProcessOptions options, Deadline deadline) {
  Backend& backend = Reactor::current().backend();
  if (!backend.on_machine()) {
    co_return Error(Code::kUnsupported, 0, "a simulation starts no processes");
  }
  const Status checked = check(options);
  if (!checked) co_return checked.error();
  Start start(std::move(options), backend.descriptor_flags());
  Result<Started> started = co_await blocking(kDefaultPool, std::move(start), deadline);
  if (!started) co_return started.error();
  Process process(std::move(started->child));
  const int watch = ::fcntl(process.child_.descriptor(), F_DUPFD_CLOEXEC, 0);
  if (watch < 0) co_return system_error(errno, "fcntl of a process");
  process.watch_ = Descriptor(watch);
  auto& ends = started->ends;
  if (ends[0].number() >= 0) process.input_ = PipeWriter(Descriptor(ends[0].take()));
  if (ends[1].number() >= 0) process.output_ = PipeReader(Descriptor(ends[1].take()));
  if (ends[2].number() >= 0) process.errors_ = PipeReader(Descriptor(ends[2].take()));
  co_return process;
}

Task<Result<ExitStatus>> Process::wait(Deadline deadline) {
  for (;;) {
    const Result<std::optional<ExitStatus>> reaped = child_.try_reap();
    if (!reaped) co_return reaped.error();
    if (*reaped) co_return **reaped;
    RequestArguments arguments;
    arguments.kind = RequestKind::kPoll;
    arguments.descriptor = watch_.number();
    arguments.flags = POLLIN;
    Call<CountAwaiter> end(arguments, deadline, "wait for a process");
    const Result<std::size_t> polled = co_await std::move(end);
    if (!polled) co_return polled.error();
  }
}

std::string describe(const Error& error, const ProcessOptions& options) {
  std::string text = error.describe() + " (program " + options.program;
  if (!options.working_directory.empty()) text += " in " + options.working_directory;
  return text + ")";
}

}  // namespace troupe::io
