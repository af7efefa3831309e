#include "codegen/namer.h"

#include <gtest/gtest.h>

namespace troupe::codegen {
namespace {

TEST(Namer, KnowsTheFormsOfNames) {
  for (const char* name : {"a", "a1", "ab_c", "line_1"}) EXPECT_TRUE(is_snake_case(name)) << name;
  for (const char* name : {"", "A", "1a", "_a", "a_", "a__b", "aB"}) {
    EXPECT_FALSE(is_snake_case(name)) << name;
  }
  for (const char* name : {"A", "Ab", "HTTPServer", "A1"}) EXPECT_TRUE(is_camel_case(name)) << name;
  for (const char* name : {"", "a", "A_b", "1A"}) EXPECT_FALSE(is_camel_case(name)) << name;
}

TEST(Namer, Converts) {
  EXPECT_EQ(lower_camel("insufficient_funds"), "insufficientFunds");
  EXPECT_EQ(upper_camel("insufficient_funds"), "InsufficientFunds");
  EXPECT_EQ(lower_camel("line_1"), "line1");
  EXPECT_EQ(cpp_enumerator("frozen"), "kFrozen");
  EXPECT_EQ(reply_type("deposit"), "DepositReply");
  EXPECT_EQ(reply_handle_type("deposit"), "DepositReplyTo");
  EXPECT_EQ(handle_accessor("answer"), "take_answer");
  EXPECT_EQ(cpp_namespace("a.b.class"), "a::b::class_");
}

TEST(Namer, SuggestsValidNamesOnly) {
  EXPECT_EQ(to_snake_case("HTTPFetch"), "http_fetch");
  EXPECT_EQ(to_snake_case("centCount"), "cent_count");
  EXPECT_EQ(to_snake_case("a__b_"), "a_b");
  EXPECT_EQ(to_snake_case("___"), "");
  EXPECT_EQ(to_camel_case("money_bag"), "MoneyBag");
  EXPECT_EQ(to_camel_case("_1"), "");
}

TEST(Namer, EscapesWordsOfOtherLanguages) {
  EXPECT_EQ(cpp_name("class"), "class_");
  EXPECT_EQ(cpp_name("co_await"), "co_await_");
  EXPECT_EQ(cpp_name("amount"), "amount");
  // Every generated struct has a member of that name; a message has not.
  EXPECT_EQ(cpp_field("words"), "words_");
  EXPECT_EQ(cpp_field("class"), "class_");
  EXPECT_EQ(cpp_name("words"), "words");
  EXPECT_EQ(capnp_type("Text"), "TextType");
  EXPECT_EQ(capnp_type("ActorRef"), "ActorRefType");
  EXPECT_EQ(capnp_type("Account"), "Account");
}

TEST(Namer, FillersCanBeToldFromNames) {
  EXPECT_EQ(filler_ordinal(filler_name(17)), 17u);
  for (const char* name : {"reserved", "reserved017", "reserve17", "17",
                           "reserved99999999999999999999999", "reserved1a"}) {
    EXPECT_FALSE(filler_ordinal(name)) << name;
  }
}

}  // namespace
}  // namespace troupe::codegen
