#include "examples/kv/session.h"

#include <algorithm>

#include "base/check.h"

namespace kv {

ReadOutcome Session::read(std::string_view received) {
  TROUPE_DCHECK(pipeline_.empty(), "serve the pipeline before reading on");
  consumed_ = 0;
  names_subscriber_ = false;
  for (;;) {
    const ParseOutcome outcome = parser_.parse(received.substr(consumed_));
    consumed_ += parser_.consumed();
    if (outcome == ParseOutcome::kNeedMore) return ReadOutcome::kNeedMore;
    if (outcome == ParseOutcome::kError) {
      error("ERR " + parser_.error());
      return ReadOutcome::kClose;
    }
    plan(parser_.arguments());
    if (closing_) return ReadOutcome::kClose;
    if (pipeline_.full()) return ReadOutcome::kFull;
  }
}

void Session::error(std::string_view text) {
  pipeline_.text().error(text);
  pipeline_.end_text();
}

void Session::ok() {
  pipeline_.text().ok();
  pipeline_.end_text();
}

void Session::plan(Arguments arguments) {
  const Command* command = find_command(arguments[0]);
  if (command == nullptr) return refuse_unknown(arguments);
  if (!command->takes(arguments.size())) return refuse_arity(command->name);
  if (subscribed()) [[unlikely]] {
    const CommandId id = command->id;
    if (id != CommandId::kSubscribe && id != CommandId::kUnsubscribe && id != CommandId::kPing &&
        id != CommandId::kQuit && id != CommandId::kReset) {
      return error("ERR Can't execute '" + std::string(command->name) +
                   "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
                   "this context");
    }
  }
  dispatch(command->id, arguments);
}

// NOLINTNEXTLINE(readability-function-size): one case a command
void Session::dispatch(CommandId id, Arguments arguments) {
  const Arguments rest = arguments.subspan(1);
  switch (id) {
    case CommandId::kGet:
      return plan_one(OperationCode::kGet, rest[0]);
    case CommandId::kSet:
      return plan_set(rest);
    case CommandId::kSetnx: {
      pipeline_.add(Operation{OperationCode::kSet, operation_flag::kReplyNumber,
                              Condition::kIfAbsent, Expiry::kNone, 0, Key{rest[0], 0}, rest[1]});
      return pipeline_.end_group(Merge::kReplies, 1);
    }
    case CommandId::kSetex:
      return plan_set_after(rest, true);
    case CommandId::kPsetex:
      return plan_set_after(rest, false);
    case CommandId::kStrlen:
      return plan_one(OperationCode::kLength, rest[0]);
    case CommandId::kType:
      return plan_one(OperationCode::kType, rest[0]);
    case CommandId::kDel:
    case CommandId::kUnlink:
      return plan_each(OperationCode::kDelete, rest, Merge::kSum);
    case CommandId::kExists:
      return plan_each(OperationCode::kExists, rest, Merge::kSum);
    case CommandId::kIncr:
      return plan_add(rest[0], "1", false);
    case CommandId::kDecr:
      return plan_add(rest[0], "1", true);
    case CommandId::kIncrby:
      return plan_add(rest[0], rest[1], false);
    case CommandId::kDecrby:
      return plan_add(rest[0], rest[1], true);
    case CommandId::kMget:
      return plan_mget(rest);
    case CommandId::kMset:
      return plan_mset(rest);
    case CommandId::kExpire:
      return plan_expire(rest, true);
    case CommandId::kPexpire:
      return plan_expire(rest, false);
    case CommandId::kTtl:
      return plan_one(OperationCode::kTimeLeft, rest[0], operation_flag::kSeconds);
    case CommandId::kPttl:
      return plan_one(OperationCode::kTimeLeft, rest[0]);
    case CommandId::kPersist:
      return plan_one(OperationCode::kPersist, rest[0]);
    case CommandId::kDbsize:
      return plan_all(OperationCode::kSize, Merge::kSum);
    case CommandId::kFlushall:
    case CommandId::kFlushdb:
      return plan_flush(rest);
    case CommandId::kSubscribe:
      return subscribe(rest);
    case CommandId::kUnsubscribe:
      return unsubscribe(rest);
    case CommandId::kPublish:
      return publish(rest[0], rest[1]);
    case CommandId::kPing:
      return ping(rest);
    case CommandId::kEcho:
      pipeline_.text().bulk(rest[0]);
      return pipeline_.end_text();
    case CommandId::kSelect:
      return select(rest[0]);
    case CommandId::kAuth:
      return auth(rest);
    case CommandId::kClient:
      return client(rest);
    case CommandId::kCommand:
      return command(rest);
    case CommandId::kConfig:
      return config(rest);
    case CommandId::kHello:
      return hello(rest);
    case CommandId::kInfo: {
      Operation statistics;
      statistics.code = OperationCode::kStatistics;
      pipeline_.add_to_all(statistics);
      if (!rest.empty()) pipeline_.text().raw(rest[0]);
      return pipeline_.end_statistics_text();
    }
    case CommandId::kReset:
      return reset();
    case CommandId::kQuit:
      closing_ = true;
      return ok();
  }
}

void Session::refuse_unknown(Arguments arguments) {
  // As Redis: the name and the arguments are shown up to 128 bytes, and there is a space at the
  // end.
  constexpr std::size_t kShownBytesMax = 128;
  std::string shown;
  for (const std::string_view argument : arguments.subspan(1)) {
    if (shown.size() >= kShownBytesMax) break;
    const std::string_view part = argument.substr(0, kShownBytesMax - shown.size());
    shown.append("'").append(part).append("' ");
  }
  std::string text = "ERR unknown command '";
  text.append(arguments[0].substr(0, kShownBytesMax));
  text.append("', with args beginning with: ").append(shown);
  error(text);
}

void Session::refuse_arity(std::string_view name) {
  error("ERR wrong number of arguments for '" + std::string(name) + "' command");
}

}  // namespace kv
