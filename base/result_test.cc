// Tests errors as values: what they hold, how they read, and that misuse ends the process.
#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <set>
#include <string>

namespace troupe {

// Stands for what generated code says about the `denies` enum of a contract.
enum class Denied : std::uint16_t { kFrozen = 1, kEmpty = 2 };
enum class OtherDenied : std::uint16_t { kFrozen = 1 };
template <>
struct DenialDomain<Denied> {
  static constexpr std::uint32_t kId = 0x1234;
};
template <>
struct DenialDomain<OtherDenied> {
  static constexpr std::uint32_t kId = 0x5678;
};

namespace {

TEST(Error, HoldsWhatItIsGiven) {
  constexpr Error error(Code::kTooLarge, 5000, "frame");
  EXPECT_EQ(error.code(), Code::kTooLarge);
  EXPECT_EQ(error.detail(), 5000u);
  EXPECT_STREQ(error.context(), "frame");
  EXPECT_TRUE(error.is(Code::kTooLarge));
  EXPECT_FALSE(error.is(Code::kStopping));
  EXPECT_EQ(error, Error(Code::kTooLarge, 5000, error.context()));
  EXPECT_NE(error, Error(Code::kTooLarge, 5001, error.context()));
}

TEST(Error, KnowsTheContractOfARefusal) {
  constexpr Error error = Error::denied(DenialDomain<Denied>::kId, 1);
  EXPECT_TRUE(error.is(Code::kDenied));
  EXPECT_TRUE(error.is(Denied::kFrozen));
  EXPECT_FALSE(error.is(Denied::kEmpty));
  // The same number in another contract is another refusal.
  EXPECT_FALSE(error.is(OtherDenied::kFrozen));
  EXPECT_FALSE(Error(Code::kFailed).is(Denied::kFrozen));
  EXPECT_EQ(error.domain(), 0x1234u);
  EXPECT_EQ(error.denial(), 1u);
}

TEST(Error, IsTheSameReasonWhateverTheIncident) {
  const Error late(Code::kDeadlineExceeded);
  const Error known = late.with_incident(7);
  EXPECT_EQ(known, late);
  EXPECT_EQ(known.incident(), 7u);
  EXPECT_EQ(known.domain(), 0u);
  EXPECT_EQ(known.describe(), "deadline_exceeded") << "nobody here knows incidents";
  // A refusal has a domain in its place.
  const Error denied = Error::denied(42, 1).with_incident(7);
  EXPECT_EQ(denied.domain(), 42u);
  EXPECT_EQ(denied.incident(), 0u);
  EXPECT_NE(denied, Error::denied(43, 1));
}

TEST(Error, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  constexpr auto kLast = static_cast<std::uint16_t>(Code::kWouldDeadlock);
  for (std::uint16_t code = 1; code <= kLast; ++code) {
    names.insert(to_string(static_cast<Code>(code)));
  }
  EXPECT_EQ(names.size(), kLast);
  EXPECT_FALSE(names.contains("unknown_code"));
  EXPECT_FALSE(names.contains(""));
  EXPECT_EQ(to_string(Code::kDeadlineExceeded), "deadline_exceeded");
  // A newer node may send a code this one does not know.
  EXPECT_EQ(to_string(static_cast<Code>(0)), "unknown_code");
  EXPECT_EQ(to_string(static_cast<Code>(kLast + 1)), "unknown_code");
}

TEST(Error, DescribesItself) {
  EXPECT_EQ(Error(Code::kStopping).describe(), "stopping");
  EXPECT_EQ(Error(Code::kTooLarge, 70).describe(), "too_large (70)");
  EXPECT_EQ(Error(Code::kFailed, 2, "two cores hang").describe(), "failed (2): two cores hang");
  EXPECT_EQ(Error(Code::kFailed, 0, "why").describe(), "failed: why");
  EXPECT_EQ(Error::denied(9, 0).describe(), "denied (reason 0)");
  EXPECT_EQ(Error(Code::kIo, ENOENT, "open").describe(),
            "io (No such file or directory, ENOENT): open");
  EXPECT_EQ(Error(Code::kIo, 4095, "open").describe(), "io (error 4095): open");
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 7;
  EXPECT_TRUE(good.ok());
  EXPECT_TRUE(good);
  EXPECT_EQ(good.value(), 7);
  EXPECT_EQ(*good, 7);

  const Result<int> bad = Error(Code::kNoReply);
  EXPECT_FALSE(bad.ok());
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error().code(), Code::kNoReply);
}

TEST(Result, GivesAccessToItsValue) {
  Result<std::string> text = std::string("one");
  *text += "+";
  text->append("two");
  EXPECT_EQ(text->size(), 7u);
  const std::string taken = *std::move(text);
  EXPECT_EQ(taken, "one+two");
}

TEST(Result, MovesWhatCannotBeCopied) {
  static_assert(!std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);
  static_assert(std::is_nothrow_move_constructible_v<Result<std::unique_ptr<int>>>);
  Result<std::unique_ptr<int>> first = std::make_unique<int>(3);
  Result<std::unique_ptr<int>> second = std::move(first);
  const std::unique_ptr<int> taken = std::move(second).value();
  EXPECT_EQ(*taken, 3);
}

TEST(Status, IsSuccessOrAnError) {
  const Status good = ok();
  EXPECT_TRUE(good.ok());
  const Status bad = Error(Code::kCancelled);
  EXPECT_FALSE(bad.ok());
  EXPECT_TRUE(bad.error().is(Code::kCancelled));
}

TEST(Result, ConceptsTellResultsFromValues) {
  static_assert(kIsResult<Result<int>> && kIsResult<Status>);
  static_assert(!kIsResult<int> && !kIsResult<Error>);
}

Result<int> half_of(int number) {
  if (number % 2 != 0) return Error(Code::kInvalidArgument, static_cast<unsigned>(number), "odd");
  return number / 2;
}

Result<std::string> quarter_of(int number) {
  TROUPE_TRY(const int half, half_of(number));
  TROUPE_TRY(const int quarter, half_of(half));
  return std::to_string(quarter);
}

Status check_even(int number, bool& reached) {
  TROUPE_TRY(half_of(number));
  reached = true;
  return ok();
}

TEST(Try, TakesTheValueOrReturnsTheError) {
  EXPECT_EQ(quarter_of(12).value(), "3");
  EXPECT_EQ(quarter_of(6).error().detail(), 3u);
  EXPECT_STREQ(quarter_of(7).error().context(), "odd");

  bool reached = false;
  EXPECT_FALSE(check_even(5, reached).ok());
  EXPECT_FALSE(reached);
  EXPECT_TRUE(check_even(4, reached).ok());
  EXPECT_TRUE(reached);
}

Result<std::unique_ptr<int>> boxed(int number) {
  if (number < 0) return Error(Code::kInvalidArgument);
  return std::make_unique<int>(number);
}

Result<int> unboxed(int number) {
  TROUPE_TRY(std::unique_ptr<int> box, boxed(number));
  return *box;
}

TEST(Try, MovesTheValueOut) {
  EXPECT_EQ(unboxed(4).value(), 4);
  EXPECT_TRUE(unboxed(-4).error().is(Code::kInvalidArgument));
}

TEST(ResultDeathTest, MisuseEndsTheProcessWithTheReason) {
  const Result<int> bad = Error(Code::kMailboxFull, 1024, "alice");
  EXPECT_DEATH((void)bad.value(), "value\\(\\) of an error: mailbox_full \\(1024\\): alice");
  EXPECT_DEATH((void)*bad, "mailbox_full");
  const Result<int> good = 1;
  EXPECT_DEATH((void)good.error(), "error\\(\\) of a value");
  const Status failed = Error(Code::kStopping);
  EXPECT_DEATH(failed.value(), "value\\(\\) of an error: stopping");
}

TEST(CheckDeathTest, SaysWhereAndWhat) {
  EXPECT_DEATH(TROUPE_CHECK(1 > 2, "a lane of %d bytes", 5), "result_test.cc:[0-9]+: a lane of 5");
  TROUPE_CHECK(2 > 1, "never said");
}

}  // namespace
}  // namespace troupe
