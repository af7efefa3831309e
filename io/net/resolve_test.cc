// Tests names: numbers at once, the machine's own names, unknown ones, and tables in simulation.
#include "io/net/resolve.h"

#include <gtest/gtest.h>
#include <netdb.h>

#include <algorithm>
#include <set>

#include "base/combine.h"
#include "io/blocking/pools.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

template <class T>
Error error_of(const Result<T>& result) {
  EXPECT_FALSE(result.ok()) << "no error";
  return result.ok() ? Error(Code::kMalformed) : result.error();
}

PoolCounters names_pool() { return Reactor::current().pools()->find(kNamesPool)->counters(); }

template <class Body>
void run_on_machine(Body body) {
  for (KernelInterface kernel : {KernelInterface::kUring, KernelInterface::kEpoll}) {
    ThreadedOptions options;
    options.kernel = kernel;
    const Status ran = run_threaded(body, options);
    EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().describe());
  }
}

Task<void> resolve_numbers() {
  for (const auto& [host, text] :
       {std::pair{"127.0.0.1", "127.0.0.1:80"}, {"::1", "[::1]:80"}, {"[::1]", "[::1]:80"}}) {
    const Result<std::vector<Address>> found = co_await resolve(host, 80);
    EXPECT_EQ(found.value().size(), 1u);
    EXPECT_EQ(found.value().at(0).to_string(), text);
  }
  EXPECT_EQ(names_pool().submitted, 0u);
}

TEST(Resolve, AnswersNumbersAtOnce) {
  run_on_machine([](Strand&) -> Task<void> { return resolve_numbers(); });
  const Status ran = run_simulated([](Strand&) -> Task<void> { return resolve_numbers(); });
  EXPECT_TRUE(ran.ok());
}

TEST(Resolve, KnowsLocalhost) {
  run_on_machine([](Strand&) -> Task<void> {
    const Result<std::vector<Address>> found = co_await resolve("localhost", 8080, within(60s));
    EXPECT_TRUE(found.ok()) << describe(error_of(found), "localhost");
    for (const Address& address : found.value()) {
      EXPECT_TRUE(address == Address::loopback(8080) || address == Address::loopback_v6(8080))
          << address.to_string();
    }
    EXPECT_EQ(names_pool().done, 1u);
  });
}

TEST(Resolve, SaysThatANameIsUnknown) {
  run_on_machine([](Strand&) -> Task<void> {
    const Result<std::vector<Address>> none = co_await resolve("host.invalid", 80);
    const Error error = error_of(none);
    EXPECT_TRUE(error.is(Code::kFailed)) << error.describe();
    // Without a network nobody can say that there is none.
    EXPECT_TRUE(error.detail() == -EAI_NONAME || error.detail() == -EAI_AGAIN) << error.detail();
    const std::string text = describe(error, "host.invalid");
    EXPECT_NE(text.find("EAI_"), std::string::npos) << text;
    EXPECT_NE(text.find("(host host.invalid)"), std::string::npos) << text;
  });
}

TEST(Resolve, RefusesWhatIsNoName) {
  run_on_machine([](Strand&) -> Task<void> {
    const Result<std::vector<Address>> empty = co_await resolve("", 80);
    EXPECT_TRUE(error_of(empty).is(Code::kInvalidArgument));
    const Result<std::vector<Address>> longer = co_await resolve(std::string(254, 'a'), 80);
    EXPECT_TRUE(error_of(longer).is(Code::kInvalidArgument));
    const Result<std::vector<Address>> zero = co_await resolve(std::string("a\0b", 3), 80);
    EXPECT_TRUE(error_of(zero).is(Code::kInvalidArgument));
    const Result<std::vector<Address>> service = co_await resolve("localhost", "no-such-service");
    EXPECT_TRUE(error_of(service).is(Code::kFailed));
    EXPECT_EQ(error_of(service).detail(), static_cast<std::uint64_t>(-EAI_SERVICE));
  });
}

TEST(Resolve, AsksTheTableInSimulation) {
  std::set<Time> ends;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimOptions options;
    options.seed = seed;
    options.hosts.hosts["db"] = {Address::parse("10.0.0.1:0").value(),
                                 Address::parse("[fd00::1]:0").value()};
    options.hosts.hosts["empty"] = {};
    options.hosts.hosts["many"] = std::vector<Address>(100, Address::loopback(0));
    const Status ran = run_simulated(
        [&ends](Strand&) -> Task<void> {
          const Result<std::vector<Address>> found = co_await resolve("db", 5432);
          EXPECT_EQ(found.value().size(), 2u);
          EXPECT_EQ(found.value().at(0).to_string(), "10.0.0.1:5432");
          EXPECT_EQ(found.value().at(1).to_string(), "[fd00::1]:5432");
          ends.insert(CoreContext::current().now());
          for (const char* host : {"nowhere", "empty", "localhost"}) {
            const Result<std::vector<Address>> none = co_await resolve(host, 5432);
            EXPECT_TRUE(error_of(none).is(Code::kFailed));
          }
          const Result<std::vector<Address>> service = co_await resolve("db", "https");
          EXPECT_EQ(error_of(service).describe(), "failed (8): EAI_SERVICE: no such service");
          const Result<std::vector<Address>> many = co_await resolve("many", 1);
          EXPECT_EQ(many.value().size(), kAddressesMax);
          const Result<std::vector<Address>> late = co_await resolve("db", 5432, within(1us));
          EXPECT_TRUE(error_of(late).is(Code::kDeadlineExceeded));
        },
        options);
    EXPECT_TRUE(ran.ok());
  }
  EXPECT_GT(ends.size(), 15u) << "the delay comes from the seed";
}

}  // namespace
}  // namespace troupe::io
