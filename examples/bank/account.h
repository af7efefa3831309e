// The behaviours of an account: open, and frozen.
#pragma once

#include <cstdint>

#include "actor/actor.h"
#include "examples/bank/bank.actor.h"
#include "examples/bank/ledger.h"

namespace bank {

troupe::Behavior account(Account::Self self, std::int64_t opening);

/// Confirms what is already done, refuses what is new.
troupe::Behavior frozen(Account::Self self, Ledger ledger);

}  // namespace bank
