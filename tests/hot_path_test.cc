// What a message that stays on its core must not do: reach the heap, or read the clock.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace {

// Heap calls of the whole process; the test has one core, so what it counts between two reads is
// its own.
std::atomic<std::uint64_t> heap_calls = 0;

void* counted(std::size_t bytes) {
  // Relaxed: read on the thread that counts.
  heap_calls.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(bytes); memory != nullptr) return memory;
  throw std::bad_alloc();
}
void* counted(std::size_t bytes, std::align_val_t align) {
  heap_calls.fetch_add(1, std::memory_order_relaxed);
  const auto alignment = static_cast<std::size_t>(align);
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, rounded); memory != nullptr) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
// As the ones above, which a sanitizer does not call from its own.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return counted(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return counted(bytes); }
void* operator new(std::size_t bytes, std::align_val_t align) { return counted(bytes, align); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;

#if defined(TROUPE_SANITIZED)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// 1,000 tells and 100 asks to a spawned actor, 100 asks to a keyed one.
Task<Status> traffic(Ref<Counter> counter, Ref<Vault> vault) {
  for (int i = 0; i < 1000; ++i) counter.tell().add(1);
  for (int i = 0; i < 100; ++i) {
    auto total = co_await counter.ask(within(10s)).total();
    if (!total) co_return total.error();
    auto sum = co_await vault.ask(within(10s)).sum();
    if (!sum) co_return sum.error();
  }
  co_return ok();
}

TEST(HotPath, AMessageOnItsCoreReachesNeitherHeapNorClock) {
  SystemOptions options = testing::options_for({BackendKind::kUring, 1});
  options.stall_after = Duration(0);  // whose reports are made on the heap
  System system(options);
  system.serve<Vault>(sample::vault, [](std::string_view) { return std::int64_t{0}; });
  testing::run_in(system, [](Root root) -> Task<Status> {
    auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    const Ref<Vault> vault("v");
    for (int warm = 0; warm < 3; ++warm) {
      auto done = co_await traffic(counter, vault);
      if (!done) co_return done;
    }
    Core& core = Core::current();
    const std::uint64_t heap_before = heap_calls.load(std::memory_order_relaxed);
    const std::uint64_t handled_before = core.ledger.handled;
    const std::uint64_t reads_before = core.counters().clock_reads;
    const std::uint64_t turns_before = core.counters().turns;
    for (int round = 0; round < 100; ++round) {
      auto done = co_await traffic(counter, vault);
      if (!done) co_return done;
    }
    const std::uint64_t handled = core.ledger.handled - handled_before;
    const std::uint64_t reads = core.counters().clock_reads - reads_before;
    const std::uint64_t turns = core.counters().turns - turns_before;
    EXPECT_EQ(handled, 100u * 1200u);
    const std::uint64_t heap = heap_calls.load(std::memory_order_relaxed) - heap_before;
    // In sanitized builds every block is a heap block.
    if (!kSanitized) {
      EXPECT_EQ(heap, 0u);
    }
    // One look at the clock a turn, and one in 64 messages and resumptions; an ask is three of
    // those.
    EXPECT_LE(reads, turns + (handled + 100u * 200u * 3u) / 64 + 1);
    EXPECT_LT(reads, handled / 16);
    co_return ok();
  });
}

}  // namespace
}  // namespace troupe
