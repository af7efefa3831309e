// The phases of a payment, its gateway with failing processors, everywhere and over seeds.
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "actor/testing/runs.h"
#include "examples/payments/shop.h"

namespace payments {
namespace {

using namespace std::chrono_literals;
using troupe::BackendKind;
using troupe::Ref;
using troupe::Root;
using troupe::Status;
using troupe::System;
using troupe::Task;
using troupe::within;
using troupe::testing::options_for;
using troupe::testing::run_in;
using troupe::testing::RunOn;

constexpr troupe::Duration kLong = 1h;

TEST(Refunds, EachNumberMovesOnce) {
  Refunds refunds(100);
  EXPECT_TRUE(refunds.give_back_once(1, 60));
  EXPECT_TRUE(refunds.give_back_once(1, 60));
  EXPECT_EQ(refunds.left(), 40u);
  EXPECT_FALSE(refunds.give_back_once(2, 41));
  EXPECT_TRUE(refunds.give_back_once(2, 40));  // a refusal does not use the number up
  EXPECT_EQ(refunds.left(), 0u);
}

Order order(std::uint64_t cents, std::string_view card = "4000000000000001") {
  return Order{cents, "EUR", card};
}

Faults no_faults() { return Faults{.crash_one_in = 0, .lose_one_in = 0, .latency_max = 100us}; }

class PaymentTest : public ::testing::TestWithParam<RunOn> {
 protected:
  /// A gateway on core 0, its network on the last core.
  template <class Body>
  void run(Faults faults, Patience patience, Body body) {
    ShopOptions options;
    options.patience = patience;
    System system(options_for(GetParam()));
    serve_payments(system, options);
    run_in(system, [faults, body](Root root) -> Task<Status> {
      auto through = co_await root.on_core(root.cores() - 1, &open_network, faults);
      const auto desk = root.spawn<Gateway>(gateway, through, faults.crash_one_in);
      co_await body(desk, through);
      co_return troupe::ok();
    });
  }
  static Task<Ref<Network>> open_network(Faults faults) {
    co_return Root().spawn<Network>(network, faults);
  }
};

TEST_P(PaymentTest, GoesThroughItsPhases) {
  run(no_faults(), Patience{.attempt = 10s}, [](Ref<Gateway> desk, Ref<Network>) -> Task<> {
    auto early = co_await desk.ask(within(kLong)).capture("p");
    EXPECT_TRUE(early.error().is(Refusal::kNotAuthorized));
    auto authorized = co_await desk.ask(within(kLong)).authorize("p", order(500));
    EXPECT_TRUE(authorized.ok());
    EXPECT_EQ(authorized->code(), "A1");
    auto uncaptured = co_await desk.ask(within(kLong)).refund("p", 1, 5);
    EXPECT_TRUE(uncaptured.error().is(Refusal::kNotCaptured));
    auto taken = co_await desk.ask(within(kLong)).capture("p");
    EXPECT_EQ(taken->cents(), 500u);
    auto refunded = co_await desk.ask(within(kLong)).refund("p", 1, 200);
    EXPECT_EQ(refunded->left(), 300u);
    auto more = co_await desk.ask(within(kLong)).refund("p", 2, 301);
    EXPECT_TRUE(more.error().is(Refusal::kTooMuch));
    auto looked = co_await Ref<Payment>("p").ask(within(kLong)).look();
    EXPECT_EQ(looked->phase(), Phase::kCaptured);
    EXPECT_EQ(looked->refunded(), 200u);
  });
}

TEST_P(PaymentTest, RequestsMayBeRepeatedAndOrdersDoNotChange) {
  run(no_faults(), Patience{.attempt = 10s}, [](Ref<Gateway> desk, Ref<Network> net) -> Task<> {
    for (int i = 0; i < 2; ++i) {
      auto authorized = co_await desk.ask(within(kLong)).authorize("p", order(500));
      EXPECT_EQ(authorized->code(), "A1");
    }
    auto other = co_await desk.ask(within(kLong)).authorize("p", order(501));
    EXPECT_TRUE(other.error().is(Refusal::kOtherOrder));
    for (int i = 0; i < 2; ++i) {
      auto taken = co_await desk.ask(within(kLong)).capture("p");
      EXPECT_EQ(taken->cents(), 500u);
      auto refunded = co_await desk.ask(within(kLong)).refund("p", 7, 100);
      EXPECT_EQ(refunded->left(), 400u);
    }
    auto again = co_await desk.ask(within(kLong)).authorize("p", order(500));
    EXPECT_EQ(again->code(), "A1");
    auto totals = co_await net.ask(within(kLong)).totals();
    EXPECT_EQ(totals->holds(), 1u);
    EXPECT_EQ(totals->cents(), 500u);
  });
}

TEST_P(PaymentTest, ADeclinedOneMayTryAnotherCard) {
  run(no_faults(), Patience{.attempt = 10s}, [](Ref<Gateway> desk, Ref<Network>) -> Task<> {
    auto declined = co_await desk.ask(within(kLong)).authorize("p", order(500, "4000000000000000"));
    EXPECT_TRUE(declined.error().is(Refusal::kDeclined));
    auto authorized = co_await desk.ask(within(kLong)).authorize("p", order(500));
    EXPECT_TRUE(authorized.ok());
  });
}

TEST_P(PaymentTest, AnswersAllWhoWaitAndReceivesMeanwhile) {
  Faults slow = no_faults();
  slow.latency_max = 0ns;
  slow.lose_one_in = 1;  // the network never answers
  const Patience patience{.attempt = 1s, .pause = 1ms, .attempts_max = 2};
  run(slow, patience, [](Ref<Gateway> desk, Ref<Network> net) -> Task<> {
    const auto ask = [](Ref<Gateway> asked) -> Task<Status> {
      auto refused = co_await asked.ask(within(kLong)).authorize("p", order(500));
      EXPECT_FALSE(refused.ok());
      EXPECT_TRUE(refused.error().is(Refusal::kUnavailable)) << refused.error().describe();
      co_return troupe::ok();
    };
    const auto look = [](Ref<Gateway> asked) -> Task<Status> {
      Phase phase = Phase::kIdle;
      for (int i = 0; i < 10'000 && phase != Phase::kAuthorizing; ++i) {
        auto slept = co_await troupe::sleep_for(1ms);
        EXPECT_TRUE(slept.ok());
        auto looked = co_await Ref<Payment>("p").ask(within(kLong)).look();
        phase = looked->phase();
      }
      EXPECT_EQ(phase, Phase::kAuthorizing);
      auto early = co_await asked.ask(within(kLong)).capture("p");
      EXPECT_TRUE(early.error().is(Refusal::kNotAuthorized));
      auto other = co_await asked.ask(within(kLong)).authorize("p", order(1));
      EXPECT_TRUE(other.error().is(Refusal::kOtherOrder));
      co_return troupe::ok();
    };
    (void)co_await troupe::all_of(ask(desk), ask(desk), look(desk));
    auto looked = co_await Ref<Payment>("p").ask(within(kLong)).look();
    EXPECT_EQ(looked->phase(), Phase::kIdle);
    auto totals = co_await net.ask(within(kLong)).totals();
    EXPECT_EQ(totals->lost(), 2u);
    EXPECT_EQ(totals->holds(), 1u);  // held, though nobody knows: the same order finds it
  });
}

TEST_P(PaymentTest, AFailedProcessorComesBackAndIsCalledAgain) {
  Faults faults = no_faults();
  faults.crash_one_in = 3;
  const Patience patience{.attempt = 10s, .pause = 1ms, .attempts_max = 40};
  run(faults, patience, [](Ref<Gateway> desk, Ref<Network>) -> Task<> {
    for (int i = 0; i < 30; ++i) {
      auto authorized =
          co_await desk.ask(within(kLong)).authorize("p" + std::to_string(i), order(500));
      EXPECT_TRUE(authorized.ok());
    }
    auto found = co_await desk.ask(within(kLong)).processor();
    auto report = co_await found->processor().ask(within(kLong)).report();
    EXPECT_GT(report->restarts(), 0u);
    EXPECT_EQ(report->last_failure(), "the connection to the card network was lost");
  });
}

TEST_P(PaymentTest, ShopsSettleAllAndTheBooksAgree) {
  ShopOptions options;
  options.payments = 400;
  options.faults = Faults{.crash_one_in = 60, .lose_one_in = 60, .latency_max = 500us};
  Summary summary;
  System system(options_for(GetParam()));
  serve_payments(system, options);
  run_in(system, run_shops, options, &summary);
  EXPECT_TRUE(summary.proved()) << summary.failed << " failed, " << summary.wrong << " wrong";
  EXPECT_EQ(summary.captured + summary.declined, 400u);
  EXPECT_GT(summary.declined, 0u);
  EXPECT_GT(summary.refunds, 0u);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, PaymentTest, ::testing::ValuesIn(troupe::testing::kEverywhere),
                         troupe::testing::name_of);

ShopOptions hard_times(std::uint64_t seed) {
  ShopOptions options;
  options.payments = 150;
  // With more, a processor would fail before the first answer comes, life after life.
  options.concurrency = 4;
  options.seed = seed;
  options.faults = Faults{.crash_one_in = 15, .lose_one_in = 15, .latency_max = 2ms};
  options.patience = Patience{.attempt = 10ms, .pause = 2ms, .attempts_max = 3};
  options.ask_patience = 25ms;  // shorter than a payment's calls may take
  return options;
}

TEST(PaymentSimulation, SeedsOfHardTimes) {
  std::uint64_t restarts = 0;
  std::uint64_t repeated = 0;
  std::uint64_t known = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Summary summary;
    System system(
        options_for({BackendKind::kSimulation, 1 + static_cast<unsigned>(seed % 3), seed}));
    const ShopOptions options = hard_times(seed);
    serve_payments(system, options);
    run_in(system, run_shops, options, &summary);
    ASSERT_TRUE(summary.proved()) << "seed " << seed << ": " << summary.failed << " failed, "
                                  << summary.wrong << " wrong, " << summary.sold << " sold, "
                                  << summary.held << " held";
    ASSERT_EQ(summary.captured + summary.declined, options.payments) << "seed " << seed;
    restarts += summary.restarts;
    repeated += summary.repeated;
    known += summary.holds_repeated;
  }
  // The runs went where it hurts, or they prove nothing.
  EXPECT_GT(restarts, 200u);
  EXPECT_GT(repeated, 200u);
  EXPECT_GT(known, 200u);
}

TEST(PaymentSimulation, ASignalStartsNoFurtherPaymentAndSettlesTheRest) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Summary summary;
    auto place = options_for({BackendKind::kSimulation, 2, seed});
    place.signals = troupe::Signals::kTellMain;
    place.simulation.signal = troupe::io::SimSignal{5ms, SIGTERM};
    System system(place);
    const ShopOptions options = hard_times(seed);
    serve_payments(system, options);
    run_in(system, run_shops, options, &summary);
    EXPECT_TRUE(summary.proved()) << "seed " << seed;
    EXPECT_GT(summary.not_started, 0u) << "seed " << seed;
    EXPECT_GT(summary.captured, 0u) << "seed " << seed;
    EXPECT_EQ(summary.captured + summary.declined + summary.not_started, options.payments);
  }
}

}  // namespace
}  // namespace payments
