// The worked example of README.md; tests/readmes_test.sh holds it against what is compiled here.
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "base/combine.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;

Task<Result<std::string>> answer_after(Duration delay, std::string text) {
  const Status slept = co_await sleep_for(delay);
  if (!slept) co_return slept.error();  // Cancelled: the other one was faster.
  co_return text;
}

Task<void> hedge() {
  auto winner = co_await first_of(answer_after(3h, "slow"), answer_after(20ms, "fast"));
  EXPECT_EQ(std::get<1>(winner).value(), "fast");
}

TEST(Readme, HedgesInVirtualTime) {
  const Status ended = io::run_simulated([](Strand&) { return hedge(); });
  EXPECT_TRUE(ended.ok());
}

}  // namespace
}  // namespace troupe
