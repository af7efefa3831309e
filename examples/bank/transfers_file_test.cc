// Tests what the bank takes for transfers, and that everything else is refused in one line that
// names file, row and value, and says what to do.
#include "examples/bank/transfers_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

namespace bank {
namespace {

const std::string kHeader = "number,from,to,cents\n";
const std::string kRow = "1,account-0,account-1,5\n";

class TransfersFileTest : public ::testing::Test {
 protected:
  void write(const std::string& text) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
  }
  /// The message for a file with this text, without the path; empty if it is taken.
  std::string refusal(const std::string& text, std::uint32_t accounts = 0) const {
    write(text);
    return refusal_of(path_, accounts);
  }
  static std::string refusal_of(const std::string& path, std::uint32_t accounts = 0) {
    auto read = read_transfers(path, accounts);
    const auto* error = std::get_if<InputError>(&read);
    if (error == nullptr) return {};
    EXPECT_TRUE(error->message.starts_with(path + ":")) << error->message;
    EXPECT_EQ(error->message.find('\n'), std::string::npos) << error->message;
    EXPECT_LT(error->message.size(), path.size() + 200);
    return error->message.substr(path.size() + 1);
  }
  TransfersFile taken(const std::string& text, std::uint32_t accounts = 0) const {
    write(text);
    auto read = read_transfers(path_, accounts);
    EXPECT_TRUE(std::holds_alternative<TransfersFile>(read)) << std::get<InputError>(read).message;
    return std::get<TransfersFile>(std::move(read));
  }
  const std::string folder_ = std::getenv("TEST_TMPDIR");
  const std::string path_ = folder_ + "/transfers.csv";
};

TEST_F(TransfersFileTest, TakesWhatItShould) {
  const std::string rows =
      "18446744073709551615,account-9999999,account-0,1\n"
      "0,account-0,account-1,1000000000000";
  for (const std::string& end : {"", "\n", "\n\n\r\n"}) {
    const TransfersFile file = taken(kHeader + rows + end);
    ASSERT_EQ(file.transfers.size(), 2u);
    EXPECT_EQ(file.transfers[0].number, 18446744073709551615u);
    EXPECT_EQ(file.transfers[0].from, 9'999'999u);
    EXPECT_EQ(file.transfers[1].cents, kCentsMax);
    EXPECT_EQ(file.accounts, 10'000'000u);
  }
  EXPECT_EQ(taken("number,from,to,cents\r\n1,account-0,account-1,5\r\n").transfers[0].cents, 5);
  EXPECT_EQ(taken("\xef\xbb\xbf" + kHeader + kRow).transfers.size(), 1u);
  EXPECT_EQ(taken(kHeader + kRow).accounts, 2u);
  EXPECT_EQ(taken(kHeader + kRow, 7).accounts, 7u);
}

TEST_F(TransfersFileTest, RefusesFilesThatAreNone) {
  EXPECT_EQ(refusal_of(folder_ + "/missing.csv"), " cannot be read: No such file or directory");
  EXPECT_EQ(refusal_of(folder_), " is a folder: name a file of transfers");
  EXPECT_EQ(refusal(""), " is empty: the first line must be 'number,from,to,cents'");
  EXPECT_EQ(refusal(kHeader), " has a header and no transfer below it");
  EXPECT_EQ(refusal("number,from,to,cents"), " has a header and no transfer below it");
  // Endless, and without an end of the line: refused all the same.
  EXPECT_EQ(refusal_of("/dev/zero"),
            "1: a line of more than 256 bytes: is this a file of transfers?");
}

TEST_F(TransfersFileTest, SaysWhatIsReadNoFurther) {
  // A file of the kernel that can be opened and not read.
  EXPECT_EQ(refusal_of("/proc/self/mem"), "1: cannot be read further: Input/output error");
}

TEST_F(TransfersFileTest, RefusesHeaders) {
  const std::string wanted = ": the first line must be 'number,from,to,cents'";
  EXPECT_EQ(refusal("number,from,to,cents,note\n" + kRow), "1: unknown column 'note'" + wanted);
  EXPECT_EQ(refusal("number,from,to,amount\n" + kRow), "1: unknown column 'amount'" + wanted);
  EXPECT_EQ(refusal("number,from,to\n" + kRow), "1: column 'cents' is missing" + wanted);
  EXPECT_EQ(refusal("number,from,to,to,cents\n"), "1: column 'to' is there twice" + wanted);
  EXPECT_EQ(refusal("number,to,from,cents\n" + kRow), "1: columns in another order" + wanted);
  EXPECT_EQ(refusal(kRow), "1: no header" + wanted + ", found '1,account-0,account-1,5'");
  EXPECT_EQ(refusal("\n" + kHeader + kRow), "1: no header" + wanted + ", found ''");
  EXPECT_EQ(refusal(std::string("n\0u\0m", 5)),
            "1: no header" + wanted + ", found 'n\\x00u\\x00m'");
}

TEST_F(TransfersFileTest, RefusesRowsByTheirLine) {
  const auto third = [this](const std::string& row, std::uint32_t accounts = 0) {
    return refusal(kHeader + kRow + row + "\n3,account-0,account-1,5\n", accounts);
  };
  const std::string number = ": give one from 0 to 18446744073709551615";
  EXPECT_EQ(third("2,account-0,account-1"),
            "3: 3 columns instead of 4: write number,from,to,cents");
  EXPECT_EQ(third("2,account-0,account-1,5,6"),
            "3: 5 columns instead of 4: write number,from,to,cents");
  EXPECT_EQ(third("nonsense"), "3: 1 columns instead of 4: write number,from,to,cents");
  EXPECT_EQ(third(""), "3: an empty row: remove it, or write the columns number,from,to,cents");
  EXPECT_EQ(third("18446744073709551616,account-0,account-1,5"),
            "3: transfer number '18446744073709551616' is out of range" + number);
  EXPECT_EQ(third("-2,account-0,account-1,5"), "3: transfer number '-2' is out of range" + number);
  EXPECT_EQ(third(" 2,account-0,account-1,5"), "3: transfer number ' 2' is not a number" + number);
  EXPECT_EQ(third(",account-0,account-1,5"), "3: transfer number '' is not a number" + number);
  EXPECT_EQ(third("1,account-0,account-1,5"),
            "3: transfer number 1 appears twice: give each transfer a number of its own");
  EXPECT_EQ(third("2,account-0,account-0,5"),
            "3: a transfer from 'account-0' to itself: name two accounts");
}

TEST_F(TransfersFileTest, RefusesAmounts) {
  const auto with = [this](const std::string& cents) {
    return refusal(kHeader + "1,account-0,account-1," + cents);
  };
  const std::string range = ": give one from 1 to 1000000000000 cents";
  EXPECT_EQ(with("-5"), "2: amount '-5' is negative" + range +
                            ", and swap the accounts to move money the other way");
  EXPECT_TRUE(
      with("-99999999999999999999").starts_with("2: amount '-99999999999999999999' is neg"));
  EXPECT_EQ(with("0"), "2: amount '0' is out of range" + range);
  EXPECT_EQ(with("1000000000001"), "2: amount '1000000000001' is out of range" + range);
  EXPECT_EQ(with("9223372036854775808"), "2: amount '9223372036854775808' is out of range" + range);
  EXPECT_EQ(with("12.50"), "2: amount '12.50' is not a whole number" + range);
  EXPECT_EQ(with("+5"), "2: amount '+5' is not a whole number" + range);
  EXPECT_EQ(with("0x10"), "2: amount '0x10' is not a whole number" + range);
  EXPECT_EQ(with(""), "2: amount '' is not a whole number" + range);
  EXPECT_EQ(with(std::string("5\0", 2)), "2: amount '5\\x00' is not a whole number" + range);
  EXPECT_EQ(with("\x1b[31m5"), "2: amount '\\x1b[31m5' is not a whole number" + range);
}

TEST_F(TransfersFileTest, RefusesAccountsThatDoNotExist) {
  const auto from = [this](const std::string& account, std::uint32_t accounts = 0) {
    return refusal(kHeader + "1," + account + ",account-1,5\n", accounts);
  };
  const std::string named =
      ": accounts are named account-N, with N from 0 and without leading zeros";
  EXPECT_EQ(from("bob"), "2: unknown account 'bob'" + named);
  EXPECT_EQ(from("account-"), "2: unknown account 'account-'" + named);
  EXPECT_EQ(from("account-007"), "2: unknown account 'account-007'" + named);
  EXPECT_EQ(from("account--1"), "2: unknown account 'account--1'" + named);
  EXPECT_EQ(from("account-10000000"),
            "2: unknown account 'account-10000000': the last that can be is account-9999999");
  EXPECT_EQ(from("account-4294967296"),
            "2: unknown account 'account-4294967296': the last that can be is account-9999999");
  EXPECT_EQ(from("account-10", 10),
            "2: unknown account 'account-10': the last is account-9; raise --accounts if there are "
            "more");
  EXPECT_EQ(from("account-9", 10), "");
  EXPECT_EQ(from("account-9", 1).substr(0, 33), "2: unknown account 'account-9': t");
}

TEST_F(TransfersFileTest, ALineTooLongIsNotReadToItsEnd) {
  const std::string wrong = ": a line of more than 256 bytes: is this a file of transfers?";
  EXPECT_EQ(refusal(kHeader + kRow + std::string(1'000'000, '7')), "3" + wrong);
  EXPECT_EQ(refusal(kHeader + kRow + std::string(257, '7') + "\n"), "3" + wrong);
  EXPECT_EQ(refusal(kHeader + kRow + std::string(258, '7') + "\r\n"), "3" + wrong);
  EXPECT_EQ(refusal(kHeader + kRow + std::string(256, '7') + "\r\n"),
            "3: 1 columns instead of 4: write number,from,to,cents");
}

TEST_F(TransfersFileTest, NamesTheFirstRowThatIsWrong) {
  EXPECT_TRUE(refusal(kHeader + kRow +
                      "5,account-0,account-1,5\n5,account-0,account-1,5\n"
                      "3,account-0,account-1,-1\n")
                  .starts_with("4: transfer number 5 appears twice"));
  EXPECT_TRUE(refusal(kHeader + "9,account-0,account-1,5\n3,account-0,account-1,-1\n"
                                "9,account-0,account-1,5\n")
                  .starts_with("3: amount '-1'"));
  EXPECT_TRUE(refusal(kHeader + kRow + "\n\n2,account-0,account-1,5\n").starts_with("3: an empty"));
}

}  // namespace
}  // namespace bank
