// Tests the ring between two cores against a queue of the library, alone and with two threads.
#include "transport/byte_ring.h"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"

namespace troupe::transport {
namespace {

constexpr std::size_t kRingBytes = 4096;

/// What every entry starts with; the words behind it follow from `number`.
struct Head {
  std::uint32_t bytes;
  std::uint32_t number;
};

std::uint64_t word_of(std::uint32_t number, std::size_t index) {
  return (number + 1) * 0x9e3779b97f4a7c15 + index;
}

/// Writes entry `number` of `bytes`; false if the ring is full.
bool write(ByteRing& ring, std::uint32_t number, std::size_t bytes) {
  std::byte* at = ring.reserve(bytes);
  if (at == nullptr) return false;
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % 8, 0u);
  const Head head{static_cast<std::uint32_t>(bytes), number};
  std::memcpy(at, &head, sizeof(head));
  auto* words = reinterpret_cast<std::uint64_t*>(at) + 1;
  for (std::size_t i = 0; i + 1 < bytes / 8; ++i) words[i] = word_of(number, i);
  ring.commit(bytes);
  return true;
}

/// Takes the next entry, which must be whole; its size, or 0 if there is none before `end`.
std::size_t read(ByteRing& ring, std::uint64_t end, std::uint32_t number) {
  const std::byte* at = ring.next(end);
  if (at == nullptr) return 0;
  Head head;
  std::memcpy(&head, at, sizeof(head));
  EXPECT_EQ(head.number, number);
  const auto* words = reinterpret_cast<const std::uint64_t*>(at) + 1;
  for (std::size_t i = 0; i + 1 < head.bytes / 8; ++i) {
    if (words[i] != word_of(number, i)) {
      ADD_FAILURE() << "entry " << number << " is damaged at word " << i;
      break;
    }
  }
  ring.advance(head.bytes);
  return head.bytes;
}

std::size_t random_size(Random& random) {
  const std::size_t words_max = random.one_in(8) ? kRingBytes / 2 / 8 : 16;
  return 8 * (1 + random.below(words_max));
}

/// The ring beside what it should hold.
class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed), ring_(kRingBytes) {}

  void step() {
    switch (random_.below(4)) {
      case 0:
      case 1:
        write_some();
        break;
      case 2:
        if (ring_.has_unpublished()) ring_.publish();
        published_.insert(published_.end(), unpublished_.begin(), unpublished_.end());
        unpublished_.clear();
        break;
      default:
        read_some();
        break;
    }
  }
  unsigned times_full() const { return times_full_; }

 private:
  void write_some() {
    for (std::uint64_t left = random_.below(8); left > 0; --left) {
      const std::size_t bytes = random_size(random_);
      // What is reserved and not committed must leave no trace.
      if (random_.one_in(4)) ring_.reserve(random_size(random_));
      if (!write(ring_, written_, bytes)) {
        ++times_full_;
        // Only what is there, a gap at the end and a smaller one before it can be in the way.
        ASSERT_GT(held_ + 2 * bytes + kRingBytes / 2, kRingBytes) << "refused with much room";
        return;
      }
      ++written_;
      unpublished_.push_back(bytes);
      held_ += bytes;
      ASSERT_LE(held_, kRingBytes);
    }
  }
  void read_some() {
    const std::uint64_t end = ring_.published();
    for (std::uint64_t left = random_.below(12); left > 0 && !published_.empty(); --left) {
      ASSERT_EQ(read(ring_, end, read_), published_.front());
      ++read_;
      released_ += published_.front();
      published_.pop_front();
    }
    if (published_.empty()) {
      ASSERT_EQ(ring_.next(end), nullptr) << "there is what nobody published";
      ASSERT_FALSE(ring_.has_published());
    } else {
      ASSERT_TRUE(ring_.has_published());
    }
    if (random_.one_in(2)) return;
    ring_.release_entries();
    held_ -= released_;
    released_ = 0;
  }

  Random random_;
  ByteRing ring_;
  std::deque<std::size_t> unpublished_;
  std::deque<std::size_t> published_;
  std::uint32_t written_ = 0;
  std::uint32_t read_ = 0;
  std::size_t held_ = 0;      // bytes that the writer may not use
  std::size_t released_ = 0;  // of these, read but not yet given back
  unsigned times_full_ = 0;
};

TEST(ByteRing, IsAQueue) {
  unsigned times_full = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Model model(seed);
    for (int step = 0; step < 2000; ++step) {
      model.step();
      ASSERT_FALSE(HasFatalFailure() || HasNonfatalFailure()) << "seed " << seed;
    }
    times_full += model.times_full();
  }
  EXPECT_GT(times_full, 1000u);
}

TEST(ByteRing, ShowsOnlyWhatIsPublished) {
  ByteRing ring(kRingBytes);
  EXPECT_FALSE(ring.has_unpublished());
  EXPECT_FALSE(ring.has_published());
  ASSERT_TRUE(write(ring, 0, 24));
  EXPECT_TRUE(ring.has_unpublished());
  EXPECT_FALSE(ring.has_published());
  EXPECT_EQ(ring.next(ring.published()), nullptr);

  ring.publish();
  EXPECT_FALSE(ring.has_unpublished());
  EXPECT_TRUE(ring.has_published());
  const std::uint64_t end = ring.published();
  ASSERT_TRUE(write(ring, 1, 24));
  ring.publish();
  // A look at the end holds for the whole turn of the reader.
  EXPECT_EQ(read(ring, end, 0), 24u);
  EXPECT_EQ(ring.next(end), nullptr);
  EXPECT_EQ(read(ring, ring.published(), 1), 24u);
  EXPECT_FALSE(ring.has_published());
}

TEST(ByteRing, ForgetsWhatIsNotCommitted) {
  ByteRing ring(kRingBytes);
  std::byte* first = ring.reserve(64);
  EXPECT_EQ(ring.reserve(128), first);
  EXPECT_FALSE(ring.has_unpublished());
  ASSERT_TRUE(write(ring, 0, 24));
  // Less may be committed than was reserved.
  ASSERT_NE(ring.reserve(512), nullptr);
  ASSERT_TRUE(write(ring, 1, 16));
  ring.publish();
  const std::uint64_t end = ring.published();
  EXPECT_EQ(read(ring, end, 0), 24u);
  EXPECT_EQ(read(ring, end, 1), 16u);
  EXPECT_EQ(read(ring, end, 2), 0u);
}

TEST(ByteRing, IsFullToTheLastByte) {
  ByteRing ring(kRingBytes);
  for (std::uint32_t i = 0; i < kRingBytes / 64; ++i) ASSERT_TRUE(write(ring, i, 64));
  EXPECT_EQ(ring.reserve(8), nullptr);
  ring.publish();
  const std::uint64_t end = ring.published();
  EXPECT_EQ(read(ring, end, 0), 64u);
  EXPECT_EQ(ring.reserve(8), nullptr) << "read, but not given back";
  ring.release_entries();
  EXPECT_EQ(ring.reserve(72), nullptr);
  EXPECT_TRUE(write(ring, kRingBytes / 64, 64));
  EXPECT_EQ(ring.reserve(8), nullptr);
}

TEST(ByteRing, WrapsAtEveryPosition) {
  for (std::size_t before = 8; before < kRingBytes; before += 8) {
    ByteRing ring(kRingBytes);
    // Moves the position to `before`, then writes the largest entry across the end.
    for (std::size_t left = before; left > 0;) {
      const std::size_t bytes = std::min(left, kRingBytes / 2);
      ASSERT_TRUE(write(ring, 0, bytes));
      ring.publish();
      ASSERT_EQ(read(ring, ring.published(), 0), bytes);
      ring.release_entries();
      left -= bytes;
    }
    ASSERT_TRUE(write(ring, 1, kRingBytes / 2)) << "an empty ring takes half its size anywhere";
    ring.publish();
    const std::uint64_t end = ring.published();
    ASSERT_EQ(read(ring, end, 1), kRingBytes / 2) << "from position " << before;
    ASSERT_EQ(ring.next(end), nullptr);
  }
}

TEST(ByteRing, TakesAGapAtTheEndForNothing) {
  ByteRing ring(kRingBytes);
  for (std::uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(write(ring, i, 1024));
  ring.publish();
  for (std::uint32_t i = 0; i < 3; ++i) ASSERT_EQ(read(ring, ring.published(), i), 1024u);
  ring.release_entries();
  ASSERT_TRUE(write(ring, 3, 512));
  // Reserves across the end, which marks the gap, and changes its mind.
  ASSERT_NE(ring.reserve(2048), nullptr);
  ring.publish();
  const std::uint64_t end = ring.published();
  EXPECT_EQ(read(ring, end, 3), 512u);
  EXPECT_EQ(ring.next(end), nullptr);
  EXPECT_FALSE(ring.has_published());
  EXPECT_TRUE(write(ring, 4, 2048));
  ring.publish();
  EXPECT_EQ(read(ring, ring.published(), 4), 2048u);
}

TEST(ByteRing, CarriesAMillionEntriesBetweenTwoThreads) {
  constexpr std::uint32_t kEntries = 1'000'000;
  const auto size_of = [](Random& random) {
    return 8 * (1 + random.below(random.one_in(64) ? 256 : 12));
  };
  ByteRing ring(kRingBytes);
  std::thread writer([&] {
    Random random(1);
    for (std::uint32_t number = 0; number < kEntries; ++number) {
      const std::size_t bytes = size_of(random);
      while (!write(ring, number, bytes)) {
        if (ring.has_unpublished()) ring.publish();
        std::this_thread::yield();
      }
      if (number % 16 == 0) ring.publish();
    }
    ring.publish();
  });
  Random random(1);
  std::uint32_t number = 0;
  while (number < kEntries) {
    const std::uint64_t end = ring.published();
    const std::uint32_t before = number;
    while (!testing::Test::HasFailure() && ring.next(end) != nullptr) {
      EXPECT_EQ(read(ring, end, number), size_of(random));
      ++number;
    }
    if (number != before) {
      ring.release_entries();
    } else {
      std::this_thread::yield();
    }
    if (testing::Test::HasFailure()) break;
  }
  if (testing::Test::HasFailure()) std::abort();  // the writer would wait for ever
  writer.join();
  EXPECT_FALSE(ring.has_published());
}

TEST(ByteRingDeathTest, RefusesSizesItCannotMask) {
  EXPECT_DEATH(ByteRing(5000), "a lane of 5000 bytes: use a power of two");
  EXPECT_DEATH(ByteRing(2048), "a lane of 2048 bytes");
}

}  // namespace
}  // namespace troupe::transport
