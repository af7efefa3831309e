#include "actor/delivery/testing/reliable_run.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "actor/delivery/testing/payments.actor.h"

namespace troupe::testing {

namespace {

using namespace std::chrono_literals;
using payments::Payer;
using payments::Till;

constexpr std::uint64_t kPayments = 25;  // of each payer to its till
constexpr unsigned kPayers = 4;
constexpr std::uint64_t kAtOnce = 6;

/// What a till's behaviour leaves behind. Effects and what is remembered of them go together.
struct Books {
  Deduplicator<std::uint64_t> seen{{.window = 64, .senders_max = 16}};
  bool deduplicate = true;
  std::uint64_t total = 0;
  std::uint64_t repetitions = 0;
  std::uint64_t restarts = 0;
  std::map<std::uint64_t, std::vector<std::uint64_t>> effects;  // numbers, by sender
};

/// Fails before the effect, between effect and answer, does not answer, or answers too late.
Task<Status> maybe_trouble(Till::Self self) {
  const std::uint64_t chance = Core::current().random.below(20);
  if (chance == 0) throw std::runtime_error("trouble");
  if (chance == 1) co_return co_await self.sleep_for(80ms);
  co_return ok();
}

Behavior till(Till::Self self, std::shared_ptr<Books> books) {
  books->restarts += self.restarts() != 0 ? 1 : 0;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Till::Kind::kStop:
        co_return;
      case Till::Kind::kUnknown:
      case Till::Kind::kNoise:
        break;
      case Till::Kind::kFail:
        throw std::runtime_error("told to");
      case Till::Kind::kPay: {
        auto pay = msg.pay();
        const DeliveryId id{pay.sender(), pay.number()};
        auto before = co_await maybe_trouble(self);
        if (!before) break;
        const Seen seen = books->deduplicate ? books->seen.look(id) : Seen::kNew;
        if (seen != Seen::kNew) {
          ++books->repetitions;
          if (seen == Seen::kBefore) pay.reply(books->seen.answer(id));
          break;
        }
        books->total += pay.amount();
        books->effects[id.sender].push_back(id.number);
        books->seen.remember(id, books->total);
        const std::uint64_t total = books->total;
        auto after = co_await maybe_trouble(self);
        if (after && Core::current().random.below(10) != 0) pay.reply(total);
        break;
      }
    }
  }
}

/// What a payer's behaviour leaves behind.
struct Purse {
  std::shared_ptr<ReliableSender> sender;
  std::uint64_t begun = 0;
  std::uint64_t restarts = 0;
};

void pay_more(const Payer::Self& self, const std::shared_ptr<Purse>& purse, Ref<Till> to) {
  const auto send = [to](DeliveryId id, Deadline by) {
    return to.ask(by).pay(id.sender, id.number, id.number);
  };
  while (purse->begun < kPayments && purse->sender->unacknowledged() < kAtOnce &&
         purse->begun - purse->sender->counters().accepted < kAtOnce) {
    const auto piped = self.pipe(deliver(purse->sender, send),
                                 [](const auto&, const Ref<Payer>& me) { me.tell().next(); });
    if (!piped) return;
    ++purse->begun;
  }
}

Behavior payer(Payer::Self self, std::shared_ptr<Purse> purse, Ref<Till> to) {
  purse->restarts += self.restarts() != 0 ? 1 : 0;
  // Of what the last behaviour had begun, only what was accepted is there.
  purse->begun = purse->sender->counters().accepted;
  const auto piped = self.pipe(redeliver(purse->sender),
                               [](const auto&, const Ref<Payer>& me) { me.tell().next(); });
  if (!piped) co_return;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Payer::Kind::kStop:
        co_return;
      case Payer::Kind::kUnknown:
      case Payer::Kind::kNext:
        pay_more(self, purse, to);
        break;
      case Payer::Kind::kProgress:
        pay_more(self, purse, to);
        msg.progress().reply(purse->sender->counters().accepted, purse->sender->unacknowledged());
        break;
      case Payer::Kind::kFail:
        throw std::runtime_error("told to");
    }
  }
}

const Supervision kAlways{.decider = decide_to_restart, .limit = RestartLimit::none()};

struct Side {
  Ref<Till> till;
  std::shared_ptr<Books> books;
};
Task<Side> open_till(bool deduplicate) {
  Side side;
  side.books = std::make_shared<Books>();
  side.books->deduplicate = deduplicate;
  side.till = Root().spawn<Till>(SpawnOptions{.supervision = kAlways}, till, side.books);
  co_return side;
}
struct Paying {
  Ref<Payer> payer;
  std::shared_ptr<Purse> purse;
};
Task<Paying> open_payer(Ref<Till> to, bool in_order) {
  Paying paying;
  paying.purse = std::make_shared<Purse>();
  paying.purse->sender = std::make_shared<ReliableSender>(ReliableOptions{.unacknowledged_max = 64,
                                                                          .attempt_within = 50ms,
                                                                          .attempts_max = 1000,
                                                                          .retry_least = 2ms,
                                                                          .retry_most = 100ms,
                                                                          .in_order = in_order});
  paying.payer = Root().spawn<Payer>(SpawnOptions{.supervision = kAlways}, payer, paying.purse, to);
  co_return paying;
}

/// Trouble from outside, until every payer is done. Their objects are only looked at afterwards.
Task<Status> disturb(Root root, std::vector<Side>* sides, std::vector<Paying>* payers) {
  Random& random = Core::current().random;
  for (int round = 0; round < 20'000; ++round) {
    for (const Side& side : *sides) {
      const std::uint64_t noise = random.below(8);
      for (std::uint64_t i = 0; i < noise; ++i) side.till.tell().noise();
      if (random.below(40) == 0) side.till.tell().fail();
    }
    bool all_done = true;
    for (const Paying& paying : *payers) {
      if (random.below(60) == 0) paying.payer.tell().fail();
      auto progress = co_await paying.payer.ask(within(100ms)).progress();
      all_done = all_done && progress && progress->accepted() == kPayments && progress->open() == 0;
    }
    if (all_done) co_return ok();
    auto slept = co_await sleep_for(Duration(static_cast<Duration::rep>(random.below(5'000'000))));
    if (!slept) co_return slept;
  }
  co_return Error(Code::kDeadlineExceeded, 0, "payments stayed open");
}

Task<Status> run_main(Root root, std::uint64_t seed, bool deduplicate, std::vector<Side>* sides,
                      std::vector<Paying>* payers) {
  for (unsigned core = 0; core < root.cores(); ++core) {
    Side side = co_await root.on_core(core, open_till, deduplicate);
    sides->push_back(std::move(side));
  }
  for (unsigned i = 0; i < kPayers; ++i) {
    const Ref<Till> to = (*sides)[i % sides->size()].till;
    Paying paying = co_await root.on_core((i / 2) % root.cores(), open_payer, to, seed % 2 == 1);
    payers->push_back(std::move(paying));
  }
  Status done = co_await disturb(root, sides, payers);
  co_return done;
}

std::string problem_in(const std::vector<Side>& sides, const std::vector<Paying>& payers,
                       bool in_order) {
  for (std::size_t i = 0; i < payers.size(); ++i) {
    const ReliableSender& sender = *payers[i].purse->sender;
    std::vector<std::uint64_t> numbers = sides[i % sides.size()].books->effects[sender.id()];
    const std::string who = "payer " + std::to_string(i) + ": ";
    if (sender.counters().given_up != 0) return who + "gave up";
    if (in_order && !std::ranges::is_sorted(numbers)) return who + "effects out of order";
    std::ranges::sort(numbers);
    if (std::ranges::adjacent_find(numbers) != numbers.end()) return who + "an effect came twice";
    if (numbers.size() != kPayments) {
      return who + std::to_string(numbers.size()) + " payments of " + std::to_string(kPayments) +
             " took effect";
    }
  }
  return {};
}

}  // namespace

ReliableRun run_reliable(std::uint64_t seed, bool deduplicate) {
  SystemOptions options;
  options.backend = BackendKind::kSimulation;
  options.cores = 2 + static_cast<unsigned>(seed % 2);
  options.simulation.seed = seed;
  options.simulation.virtual_time_max = 10h;
  options.simulation.publish_delay_one_in = 4;
  options.node.mailbox_messages_max = 5;
  options.node.lanes.user_ring_bytes = 8192;
  options.node.lanes.spill_bytes_max = 2048;
  options.node.log = &Log::silent();
  System system(options);
  std::vector<Side> sides;
  std::vector<Paying> payers;
  const Status status = system.run(run_main, seed, deduplicate, &sides, &payers);

  ReliableRun run;
  run.ledger = system.ledger();
  run.fingerprint = system.fingerprint();
  for (const Side& side : sides) {
    run.repetitions += side.books->repetitions;
    run.restarts += side.books->restarts;
  }
  for (const Paying& paying : payers) {
    run.restarts += paying.purse->restarts;
    run.payments += paying.purse->sender->counters().acknowledged;
    run.attempts += paying.purse->sender->counters().attempts;
  }
  if (!status) {
    run.problem = status.error().describe();
  } else if (run.ledger.sent != run.ledger.handled + run.ledger.dropped_total()) {
    run.problem = "the ledger does not balance";
  } else {
    run.problem = problem_in(sides, payers, seed % 2 == 1);
  }
  return run;
}

}  // namespace troupe::testing
