#include "examples/bank/account.h"

#include <utility>

namespace bank {

using troupe::Behavior;

Behavior account(Account::Self self, std::int64_t opening) {
  Ledger ledger(opening);
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Account::Kind::kStop:
        co_return;
      case Account::Kind::kUnknown:
        break;
      case Account::Kind::kDeposit: {
        auto give = msg.deposit();
        if (give.amount() <= 0) {
          give.deny(Denied::kInvalidAmount);
          break;
        }
        ledger.apply_once(give.transfer(), give.amount());
        give.reply(ledger.balance());
        break;
      }
      case Account::Kind::kWithdraw: {
        auto take = msg.withdraw();
        if (take.amount() <= 0) {
          take.deny(Denied::kInvalidAmount);
          break;
        }
        if (!ledger.knows(take.transfer()) && take.amount() > ledger.balance()) {
          take.deny(Denied::kInsufficientFunds);
          break;
        }
        ledger.apply_once(take.transfer(), -take.amount());
        take.reply(ledger.balance());
        break;
      }
      case Account::Kind::kUndo:
        ledger.undo_once(msg.undo().transfer());
        msg.undo().reply(ledger.balance());
        break;
      case Account::Kind::kBalance:
        msg.balance().reply(ledger.balance());
        break;
      case Account::Kind::kFreeze:
        co_await self.become(frozen, std::move(ledger));
        break;
    }
  }
}

Behavior frozen(Account::Self self, Ledger ledger) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Account::Kind::kStop:
        co_return;
      case Account::Kind::kUnknown:
        break;
      case Account::Kind::kDeposit: {
        auto give = msg.deposit();
        if (ledger.knows(give.transfer())) {
          give.reply(ledger.balance());
        } else {
          give.deny(Denied::kFrozen);
        }
        break;
      }
      case Account::Kind::kWithdraw: {
        auto take = msg.withdraw();
        if (ledger.knows(take.transfer())) {
          take.reply(ledger.balance());
        } else {
          take.deny(Denied::kFrozen);
        }
        break;
      }
      case Account::Kind::kUndo:
        ledger.undo_once(msg.undo().transfer());
        msg.undo().reply(ledger.balance());
        break;
      case Account::Kind::kBalance:
        msg.balance().reply(ledger.balance());
        break;
      case Account::Kind::kFreeze:
        break;
    }
  }
}

}  // namespace bank
