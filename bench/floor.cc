#include "bench/floor.h"

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

double nanoseconds_each(Clock::time_point start, std::uint64_t times) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count() /
         static_cast<double>(times);
}

// ---- memory and mailbox ----

struct Block {
  Block* next;
  std::uint32_t bytes;
  std::uint16_t kind;
  std::uint16_t flags;
  std::uint64_t target;
  std::uint64_t words[5];
};
static_assert(sizeof(Block) == 64);

class FreeList {
 public:
  Block* take() {
    if (head_ == nullptr) [[unlikely]]
      refill();
    return std::exchange(head_, head_->next);
  }
  void give(Block* block) {
    block->next = head_;
    head_ = block;
  }

 private:
  void refill() {
    constexpr std::size_t kBlocks = 4096;
    chunks_.push_back(std::make_unique<Block[]>(kBlocks));
    for (std::size_t i = 0; i < kBlocks; ++i) give(&chunks_.back()[kBlocks - 1 - i]);
  }
  Block* head_ = nullptr;
  std::vector<std::unique_ptr<Block[]>> chunks_;
};

struct Coroutine {
  struct promise_type {
    Coroutine get_return_object() {
      return Coroutine{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

class Loop;

// An actor without anything but a mailbox and a coroutine.
struct Bare {
  explicit Bare(Loop& owner) : loop(owner) {}
  inline void push(Block* block);
  auto receive() {
    struct Awaiter {
      Bare& bare;
      bool await_ready() const { return bare.head != nullptr && bare.budget > 0; }
      void await_suspend(std::coroutine_handle<>) {}
      Block* await_resume() {
        --bare.budget;
        Block* block = bare.head;
        bare.head = block->next;
        if (bare.head == nullptr) bare.tail = &bare.head;
        --bare.queued;
        bare.queued_bytes -= block->bytes;
        return block;
      }
    };
    return Awaiter{*this};
  }

  Loop& loop;
  Block* head = nullptr;
  Block** tail = &head;
  Bare* next_ready = nullptr;
  std::coroutine_handle<> handle;
  unsigned budget = 0;
  std::uint32_t queued = 0;
  std::uint32_t queued_bytes = 0;
  bool ready = false;
};

class Loop {
 public:
  void push(Bare& bare) {
    bare.next_ready = nullptr;
    *tail_ = &bare;
    tail_ = &bare.next_ready;
  }
  bool step() {
    Bare* bare = head_;
    if (bare == nullptr) return false;
    head_ = bare->next_ready;
    if (head_ == nullptr) tail_ = &head_;
    bare->budget = 64;
    bare->handle.resume();
    if (bare->head != nullptr) {
      push(*bare);
    } else {
      bare->ready = false;
    }
    return true;
  }
  FreeList blocks;

 private:
  Bare* head_ = nullptr;
  Bare** tail_ = &head_;
};

constexpr std::uint32_t kLimit = 1 << 20;

void Bare::push(Block* block) {
  if (queued >= kLimit) {
    loop.blocks.give(block);
    return;
  }
  ++queued;
  queued_bytes += block->bytes;
  block->next = nullptr;
  *tail = block;
  tail = &block->next;
  if (!ready) {
    ready = true;
    loop.push(*this);
  }
}

constexpr std::uint64_t kRootOfOneWord = std::uint64_t{1} << 32;

void tell(Bare& to, std::uint16_t kind, std::uint64_t value) {
  Block* block = to.loop.blocks.take();
  block->bytes = 16;
  block->kind = kind;
  block->flags = 0;
  block->target = reinterpret_cast<std::uint64_t>(&to);
  block->words[0] = kRootOfOneWord;
  block->words[1] = value;
  to.push(block);
}

std::uint64_t first_word(const Block* block) {
  return ((block->words[0] >> 32) & 0xffff) > 0 ? block->words[1] : 0;
}

Coroutine counter(Bare& self, Bare& sender) {
  std::uint64_t total = 0;
  for (std::uint64_t count = 1;; ++count) {
    Block* block = co_await self.receive();
    total += first_word(block);
    self.loop.blocks.give(block);
    if (count % 1000 == 0) tell(sender, 1, total);
  }
}

Coroutine windowed_sender(Bare& self, Bare& to, std::uint64_t messages) {
  for (int i = 0; i < 4000; ++i) tell(to, 0, 1);
  std::uint64_t left = messages - 4000;
  for (;;) {
    Block* block = co_await self.receive();
    self.loop.blocks.give(block);
    for (int i = 0; left != 0 && i < 1000; ++i, --left) tell(to, 0, 1);
  }
}

Coroutine echo(Bare& self, Bare& to, std::uint64_t times) {
  for (; times != 0; --times) {
    Block* block = co_await self.receive();
    const std::uint64_t value = first_word(block);
    self.loop.blocks.give(block);
    tell(to, 0, value);
  }
}

// ---- two cores ----

void pin_to(unsigned index) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  pthread_getaffinity_np(pthread_self(), sizeof(allowed), &allowed);
  unsigned seen = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || seen++ != index) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
    return;
  }
}

void relax() { __builtin_ia32_pause(); }

// 40 bytes, as many as a tell of one integer takes in a lane.
struct Entry {
  std::uint32_t bytes;
  std::uint16_t kind;
  std::uint16_t flags;
  std::uint64_t target;
  std::uint64_t pad;
  std::uint64_t words[2];
};

struct Ring {
  static constexpr std::uint64_t kEntries = 4096;
  alignas(128) std::atomic<std::uint64_t> tail{0};
  alignas(128) std::atomic<std::uint64_t> head{0};
  alignas(128) Entry entries[kEntries];
};

Coroutine summer(Bare& self, std::uint64_t messages, bool& done) {
  std::uint64_t count = 0;
  for (;;) {
    Block* block = co_await self.receive();
    count += first_word(block);
    self.loop.blocks.give(block);
    if (count == messages) done = true;
  }
}

void receive_all(Ring& ring, std::uint64_t messages) {
  Loop loop;
  Bare self(loop);
  bool done = false;
  Coroutine body = summer(self, messages, done);
  self.handle = body.handle;
  body.handle.resume();
  std::uint64_t read = 0;
  while (!done) {
    const std::uint64_t end = ring.tail.load(std::memory_order_acquire);
    if (read == end) relax();
    for (; read != end; ++read) {
      const Entry& entry = ring.entries[read % Ring::kEntries];
      Block* block = loop.blocks.take();
      block->bytes = entry.bytes;
      block->kind = entry.kind;
      std::memcpy(block->words, entry.words, sizeof(entry.words));
      self.push(block);
    }
    ring.head.store(read, std::memory_order_release);
    while (loop.step()) {
    }
  }
  body.handle.destroy();
}

}  // namespace

double floor_tell_same_core(std::uint64_t messages) {
  Loop loop;
  Bare receiver(loop);
  Bare sender(loop);
  Coroutine receiving = counter(receiver, sender);
  Coroutine sending = windowed_sender(sender, receiver, messages);
  receiver.handle = receiving.handle;
  sender.handle = sending.handle;
  receiving.handle.resume();
  const auto start = Clock::now();
  sending.handle.resume();
  while (loop.step()) {
  }
  const double each = nanoseconds_each(start, messages);
  receiving.handle.destroy();
  sending.handle.destroy();
  return each;
}

double floor_ping_pong_same_core(std::uint64_t round_trips) {
  Loop loop;
  Bare left(loop);
  Bare right(loop);
  Coroutine one = echo(left, right, round_trips);
  Coroutine two = echo(right, left, round_trips);
  left.handle = one.handle;
  right.handle = two.handle;
  one.handle.resume();
  two.handle.resume();
  const auto start = Clock::now();
  tell(left, 0, 1);
  while (!(one.handle.done() && two.handle.done()) && loop.step()) {
  }
  const double each = nanoseconds_each(start, round_trips);
  one.handle.destroy();
  two.handle.destroy();
  return each;
}

double floor_tell_cross_core(std::uint64_t messages) {
  auto ring = std::make_unique<Ring>();
  const auto start = Clock::now();
  std::thread receiver([&] {
    pin_to(1);
    receive_all(*ring, messages);
  });
  std::thread sender([&] {
    pin_to(0);
    std::uint64_t written = 0;
    std::uint64_t head = 0;
    while (written < messages) {
      if (written - head + 64 > Ring::kEntries) {
        head = ring->head.load(std::memory_order_acquire);
        relax();
        continue;
      }
      for (int i = 0; i < 64 && written < messages; ++i, ++written) {
        ring->entries[written % Ring::kEntries] = Entry{16, 0, 0, 0, 0, {kRootOfOneWord, 1}};
      }
      ring->tail.store(written, std::memory_order_release);
    }
  });
  sender.join();
  receiver.join();
  return nanoseconds_each(start, messages);
}

double cache_line_round_trip(std::uint64_t round_trips) {
  struct Lines {
    alignas(128) std::atomic<std::uint64_t> there{0};
    alignas(128) std::atomic<std::uint64_t> back{0};
  };
  auto lines = std::make_unique<Lines>();
  std::atomic<bool> started = false;
  std::thread echoing([&] {
    pin_to(1);
    started.store(true, std::memory_order_release);
    for (std::uint64_t i = 1; i <= round_trips; ++i) {
      while (lines->there.load(std::memory_order_acquire) != i) relax();
      lines->back.store(i, std::memory_order_release);
    }
  });
  double each = 0;
  std::thread asking([&] {
    pin_to(0);
    while (!started.load(std::memory_order_acquire)) relax();
    const auto start = Clock::now();
    for (std::uint64_t i = 1; i <= round_trips; ++i) {
      lines->there.store(i, std::memory_order_release);
      while (lines->back.load(std::memory_order_acquire) != i) relax();
    }
    each = nanoseconds_each(start, round_trips);
  });
  asking.join();
  echoing.join();
  return each;
}

double coroutine_create_await_destroy(std::uint64_t times) {
  struct Child {
    struct promise_type {
      Child get_return_object() {
        return Child{std::coroutine_handle<promise_type>::from_promise(*this)};
      }
      std::suspend_always initial_suspend() noexcept { return {}; }
      auto final_suspend() noexcept {
        struct Back {
          bool await_ready() const noexcept { return false; }
          std::coroutine_handle<> await_suspend(
              std::coroutine_handle<promise_type> ended) const noexcept {
            return ended.promise().parent;
          }
          void await_resume() const noexcept {}
        };
        return Back{};
      }
      void return_value(std::uint64_t result) { value = result; }
      void unhandled_exception() { std::terminate(); }
      std::coroutine_handle<> parent;
      std::uint64_t value = 0;
    };
    std::coroutine_handle<promise_type> handle;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
      handle.promise().parent = parent;
      return handle;
    }
    std::uint64_t await_resume() {
      const std::uint64_t value = handle.promise().value;
      handle.destroy();
      return value;
    }
  };
  struct Parts {
    [[gnu::noinline]] static Child child(std::uint64_t value) { co_return value + 1; }
    static Coroutine parent(std::uint64_t times, std::uint64_t& result) {
      for (std::uint64_t i = 0; i < times; ++i) result = co_await child(result);
    }
  };
  std::uint64_t result = 0;
  Coroutine parent = Parts::parent(times, result);
  const auto start = Clock::now();
  parent.handle.resume();
  const double each = nanoseconds_each(start, times);
  if (result != times) std::abort();
  parent.handle.destroy();
  return each;
}

}  // namespace bench
