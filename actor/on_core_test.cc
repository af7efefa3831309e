// on_core and on_all_cores: functions that run on other cores, their results, and their ends.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actor/testing/runs.h"
#include "base/scope.h"
#include "io/sleep.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testing::options_for;
using testing::run_in;

Task<unsigned> where() { co_return Root().core(); }
Task<Status> sleep_long() { co_return co_await sleep_for(1h); }
Task<Status> fail_on(unsigned core, std::vector<Code>* ends) {
  if (Root().core() == core) co_return Error(Code::kIo, core);
  Status slept = co_await sleep_for(1h);
  (*ends)[Root().core()] = slept.ok() ? Code::kIo : slept.error().code();
  co_return slept;
}
Task<void> throw_there() {
  throw std::runtime_error("on core " + std::to_string(Root().core()));
  co_return;
}
Task<std::size_t> length_there(std::unique_ptr<std::string> text) { co_return text->size(); }
Task<void> note_where(std::vector<unsigned>* seen) {
  (*seen)[Root().core()] += 1;
  co_return;
}

class OnCoreTest : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  void run(Task<Status> (*main)(Root)) {
    System system(options_for(GetParam()));
    run_in(system, main);
  }
};

TEST_P(OnCoreTest, CallsTheFunctionThereWithTheArguments) {
  run([](Root root) -> Task<Status> {
    for (unsigned core = 0; core < root.cores(); ++core) {
      EXPECT_EQ(co_await root.on_core(core, where), core);
      EXPECT_EQ(root.core(), 0u) << "and comes back";
      auto text = std::make_unique<std::string>("moved");
      EXPECT_EQ(co_await root.on_core(core, length_there, std::move(text)), 5u);
    }
    co_return ok();
  });
}

TEST_P(OnCoreTest, BringsAnExceptionHome) {
  run([](Root root) -> Task<Status> {
    const unsigned last = root.cores() - 1;
    std::string what;
    try {
      co_await root.on_core(last, throw_there);
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    EXPECT_EQ(what, "on core " + std::to_string(last));
    co_return ok();
  });
}

TEST_P(OnCoreTest, IsCancelledWhenItLosesAFirstOf) {
  run([](Root root) -> Task<Status> {
    auto first = co_await first_of(root.on_core(root.cores() - 1, sleep_long), sleep_for(5ms));
    EXPECT_EQ(first.index(), 1u);
    co_return ok();
  });
}

TEST_P(OnCoreTest, GoesIntoCombinationsAndScopes) {
  run([](Root root) -> Task<Status> {
    const unsigned last = root.cores() - 1;
    auto both = co_await troupe::all_of(root.on_core(0, where), root.on_core(last, where));
    EXPECT_EQ(std::get<0>(both), 0u);
    EXPECT_EQ(std::get<1>(both), last);

    std::vector<unsigned> seen(root.cores());
    Scope scope;
    co_await scope.start(root.on_core(last, note_where, &seen));
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(seen[last], 1u);
    co_return ok();
  });
}

TEST_P(OnCoreTest, OnAllCoresGivesTheResultsByCore) {
  run([](Root root) -> Task<Status> {
    const std::vector<unsigned> cores = co_await root.on_all_cores(where);
    EXPECT_EQ(cores.size(), root.cores());
    for (unsigned core = 0; core < cores.size(); ++core) EXPECT_EQ(cores[core], core);

    std::vector<unsigned> seen(root.cores());
    co_await root.on_all_cores(note_where, &seen);
    EXPECT_EQ(seen, std::vector<unsigned>(root.cores(), 1));
    co_return ok();
  });
}

TEST_P(OnCoreTest, TheFirstErrorOnAllCoresCancelsTheOthers) {
  run([](Root root) -> Task<Status> {
    const unsigned last = root.cores() - 1;
    std::vector<Code> ends(root.cores(), Code::kIo);
    const std::vector<Status> results = co_await root.on_all_cores(fail_on, last, &ends);
    EXPECT_EQ(results.size(), root.cores());
    for (unsigned core = 0; core < last; ++core) {
      EXPECT_TRUE(results[core].error().is(Code::kCancelled)) << core;
      EXPECT_EQ(ends[core], Code::kCancelled) << core;
    }
    EXPECT_TRUE(results[last].error().is(Code::kIo));
    co_return ok();
  });
}

TEST_P(OnCoreTest, AnExceptionOnAllCoresComesOutOnce) {
  run([](Root root) -> Task<Status> {
    bool thrown = false;
    try {
      co_await root.on_all_cores(throw_there);
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    co_return ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, OnCoreTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
