#include "examples/bank/transfer.h"

namespace bank {

using troupe::Code;
using troupe::Error;
using troupe::Ref;
using troupe::Status;
using troupe::Task;
using troupe::within;

bool is_open(const Error& error) {
  return error.is(Code::kDeadlineExceeded) || error.is(Code::kNoReply) ||
         error.is(Code::kActorStopped) || error.is(Code::kFailed);
}

bool is_busy(const Error& error) {
  return error.is(Code::kMailboxFull) || error.is(Code::kLaneFull) || error.is(Code::kTooManyAsks);
}

Task<Status> transfer(Ref<Account> from, Ref<Account> to, std::uint64_t number, std::int64_t cents,
                      Patience patience, AskLog* log) {
  // The lambdas outlive each attempt: they and what they refer to live in this frame.
  const auto withdraw = [&] { return from.ask(within(patience.attempt)).withdraw(number, cents); };
  auto taken = co_await settled(withdraw, patience, log);
  if (!taken) co_return taken.error();

  const auto deposit = [&] { return to.ask(within(patience.attempt)).deposit(number, cents); };
  auto given = co_await settled(deposit, patience, log);
  if (given) co_return troupe::ok();
  if (!given.error().is(Code::kDenied)) co_return given.error();

  const auto undo = [&] { return from.ask(within(patience.attempt)).undo(number); };
  auto undone = co_await settled(undo, patience, log);
  if (!undone) co_return undone.error();
  co_return given.error();
}

}  // namespace bank
