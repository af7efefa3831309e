// The gateway, its processor, and the network that stands for the world outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "actor/actor.h"
#include "examples/payments/payments.actor.h"

namespace payments {

/// Calls that wait for the network at once: of one processor, and at the network.
inline constexpr std::size_t kCallsMax = 10'000;

/// What goes wrong, by chance.
struct Faults {
  std::uint32_t crash_one_in = 1000;  ///< Calls after which a processor fails; 0: never.
  std::uint32_t lose_one_in = 200;    ///< Answers that the network loses; 0: none.
  troupe::Duration latency_max = std::chrono::milliseconds(2);  ///< Of the network's answers.
};

/// Restarts wait 2, 4, 8, … ms, so that a network in trouble is not called all the more.
inline constexpr troupe::Backoff kProcessorBackoff = {.least = std::chrono::milliseconds(2),
                                                      .most = std::chrono::milliseconds(100),
                                                      .jitter = 0.2,
                                                      .reset_after = std::chrono::milliseconds(50)};

/// Cards that the network declines.
constexpr bool declines(std::string_view card) { return card.ends_with('0'); }

troupe::Behavior gateway(Gateway::Self self, troupe::Ref<Network> network,
                         std::uint32_t crash_one_in);
troupe::Behavior processor(Processor::Self self, troupe::Ref<Network> network,
                           std::uint32_t crash_one_in);
troupe::Behavior network(Network::Self self, Faults faults);

}  // namespace payments
