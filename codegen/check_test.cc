// One test per rule; the files in golden/bad show the same errors as people see them.
#include "codegen/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "codegen/limits.h"
#include "codegen/test_support.h"

namespace troupe::codegen {
namespace {

/// Expects `body`, below a package line, to have exactly this finding.
void expect_finding(const std::string& body, const std::string& finding) {
  EXPECT_EQ(findings_in_package(body), finding + "\n") << body;
}

void expect_fine(const std::string& body) { EXPECT_EQ(findings_in_package(body), "") << body; }

TEST(CheckPackage, IsThereOnceAndFirst) {
  EXPECT_EQ(findings("enum E { a @0; }"),
            "1:1 a file begins with its package, such as 'package bank;'\n");
  EXPECT_EQ(findings("enum E { a @0; } package a;"), "1:26 the package comes first in a file\n");
  EXPECT_EQ(findings("package a; package b;"),
            "1:20 a file has one package [note 1:9 it is named here]\n");
  EXPECT_EQ(findings("package std.a;"), "1:9 'std' belongs to the C++ language\n");
  EXPECT_EQ(findings("package Bank;"),
            "1:9 names of values are in snake_case (did you mean 'bank'?)\n");
}

TEST(CheckNames, HaveTheirForm) {
  expect_finding("enum denied { a @0; }",
                 "2:6 names of types are in CamelCase (did you mean 'Denied'?)");
  expect_finding("struct S { aB @0: i8; }",
                 "2:12 names of values are in snake_case (did you mean 'a_b'?)");
  expect_finding("struct S { state @0: i8; }",
                 "2:12 'state' is a reserved word and cannot be a name");
  expect_finding("actor Z { tell a @0 (gr\xC3\xB6: i8); }",
                 "2:22 names consist of ASCII letters, digits and underscores");
  const std::string longest(kNameBytesMax, 'a');
  expect_fine("struct S { " + longest + " @0: i8; }");
  expect_finding("struct S { " + longest + "a @0: i8; }",
                 "2:12 name of 129 bytes; the limit is 128");
}

TEST(CheckNames, AreNotThoseOfGeneratedMembers) {
  for (const char* name : {"stop", "down", "unknown", "kind", "tell", "ask", "self", "message",
                           "tells", "asks", "visit", "frame_of", "kind_number", "is_known"}) {
    expect_finding("actor Z { tell " + std::string(name) + " @0 (); }",
                   "2:16 a message may not be named '" + std::string(name) +
                       "': every actor has a generated member of that name");
  }
  for (const char* name : {"reply", "deny", "take_reply"}) {
    expect_finding("actor Z { ask a @0 (" + std::string(name) + ": i8) -> (reply: i8); }",
                   "2:21 a parameter may not be named '" + std::string(name) +
                       "': messages have a generated member of that name");
  }
  // An ask has a deadline; a tell has none, and may say one.
  expect_finding("actor Z { ask a @0 (deadline: i8) -> (); }",
                 "2:21 a parameter may not be named 'deadline': messages have a generated member "
                 "of that name");
  expect_fine("actor Z { tell a @0 (deadline: i8); }");
  expect_finding("actor Kind {}", "2:7 'Kind' is a generated member of every actor");
}

TEST(CheckNames, DifferAlsoAsGenerated) {
  expect_finding("struct S { a @0: i8; a @1: i8; }",
                 "2:22 'a' is declared twice [note 2:12 first declared here]");
  expect_finding(
      "struct S { a_1 @0: i8; a1 @1: i8; }",
      "2:24 'a1' and 'a_1' are both 'a1' in the generated code [note 2:12 'a_1' is here]");
  expect_finding(
      "enum E { a_1 @0; a1 @1; }",
      "2:18 'a1' and 'a_1' are both 'a1' in the generated code [note 2:10 'a_1' is here]");
  expect_finding("actor Z { tell a @0 (x: i8, x: i8); }",
                 "2:29 'x' is declared twice [note 2:22 first declared here]");
  expect_finding("struct S {} enum S { a @0; }",
                 "2:18 'S' is declared twice [note 2:8 first declared here]");
  expect_finding("struct Text {} struct TextType {}",
                 "2:23 'TextType' and 'Text' are both 'TextType' in the generated code "
                 "[note 2:8 'Text' is here]");
  expect_finding("actor Z { ask go @0 () -> (); tell go_reply @1 (); }",
                 "2:36 'go_reply' and 'go' are both 'GoReply' in the generated code "
                 "[note 2:15 'go' is here]");
  expect_finding("actor Z { ask go @0 () -> (); tell go_reply_to @1 (); }",
                 "2:36 'go_reply_to' and 'go' are both 'GoReplyTo' in the generated code "
                 "[note 2:15 'go' is here]");
  expect_finding("actor Z { ask go @0 (take_a: i8, a: reply<Z.go>) -> (); }",
                 "2:22 'take_a' and 'a' are both 'take_a' in the generated code "
                 "[note 2:34 'a' is here]");
  expect_finding("actor Go { tell go @0 (); }",
                 "2:17 'go' and 'Go' are both 'Go' in the generated code [note 2:7 'Go' is here]");
  expect_finding("actor Z key (id: text) { tell key @0 (); }",
                 "2:31 'key' is declared twice [note 2:13 first declared here]");
  expect_fine("actor Z { tell key @0 (); }");
  expect_finding("enum E { reserved1 @0; b @2; }",
                 "2:10 'reserved1' is what the unused ordinal @1 is called in the generated code");
  expect_fine("enum E { reserved1 @0; b @1; }");
}

TEST(CheckOrdinals, AreThereUniqueAndWithinLimits) {
  expect_finding("enum E { a; }", "2:10 'a' needs an ordinal, such as 'a @0'");
  expect_finding("struct S { a: i8; }", "2:12 'a' needs an ordinal, such as 'a @0'");
  expect_finding("actor Z { tell a (); }", "2:16 'a' needs an ordinal, such as 'a @0'");
  expect_finding("enum E { a @1; b @1; }",
                 "2:18 ordinal @1 is used twice in enum E [note 2:12 first used by a]");
  expect_finding("actor Z { tell a @1 (); ask b @1 () -> (); }",
                 "2:31 ordinal @1 is used twice in actor Z [note 2:18 first used by a]");
  expect_fine("enum E { a @65534; }");
  expect_finding("enum E { a @65535; }", "2:12 ordinal exceeds @65534");
  expect_fine("actor Z { tell a @65519 (); }");
  expect_finding("actor Z { tell a @65520 (); }", "2:18 ordinal exceeds @65519");
  expect_finding("struct S { a @1024: i8; }", "2:14 ordinal exceeds @1023");
  expect_finding("enum E {}", "2:6 an enum has at least one enumerator");
}

TEST(CheckOrdinals, OfStructsHaveNoGaps) {
  expect_fine("struct S { b @1: i8; a @0: i8; }");
  expect_finding(
      "struct S { a @0: i8; c @2: i8; }",
      "2:24 ordinals of a struct have no gaps, as Cap'n Proto requires; @1 is missing in "
      "struct S");
  // The field that could not be read may be the one that is missing.
  expect_finding("struct S { a @0: i8; b @1 i8; c @2: i8; }",
                 "2:27 expected ':' and a type but found 'i8'");
}

TEST(CheckOrdinals, OfParametersAreTheirPositions) {
  expect_finding("actor Z { tell a @0 (x @0: i8); }",
                 "2:24 no ordinal here: the position is the ordinal, so append only at the end");
  std::string parameters;
  for (std::size_t index = 0; index < kParametersMax; ++index) {
    parameters += (index == 0 ? "p" : ", p") + std::to_string(index) + ": i8";
  }
  expect_fine("actor Z { tell a @0 (" + parameters + "); }");
  EXPECT_NE(findings_in_package("actor Z { tell a @0 (" + parameters + ", q: i8); }"), "");
}

TEST(CheckTypes, AreKnown) {
  expect_finding("struct S { a @0: i46; }", "2:18 unknown type 'i46' (did you mean 'i64'?)");
  expect_finding("struct S { a @0: string; }", "2:18 unknown type 'string' (did you mean 'text'?)");
  expect_finding("struct S { a @0: i8<i8>; }", "2:18 'i8' takes no argument");
  // The type may be the declaration that could not be read.
  expect_finding("struct S { a @0: Lost; } struct @ {}",
                 "2:33 expected the name of the struct but found '@'");
}

TEST(CheckTypes, ActorsAreReferredTo) {
  expect_fine("actor Z { tell a @0 (to: ref<Z>); }");
  expect_finding("actor Z { tell a @0 (to: Z); }",
                 "2:26 an actor is not a value; a message holds a reference to it (did you mean "
                 "'ref<Z>'?)");
  expect_finding("struct S {} actor Z { tell a @0 (to: ref<S>); }",
                 "2:42 'S' is a struct, not an actor [note 2:8 declared here]");
  expect_finding("actor Abc { tell a @0 (to: ref<Abd>); }",
                 "2:32 unknown actor 'Abd' (did you mean 'Abc'?)");
  expect_finding("actor Z { tell a @0 (to: ref); }",
                 "2:26 a reference names its actor, such as 'ref<Account>'");
}

TEST(CheckTypes, ReplyHandlesNameAnAsk) {
  expect_fine("actor Z { ask go @0 () -> (); tell a @1 (to: reply<Z.go>); }");
  expect_finding("actor Z { tell a @1 (to: reply<Z>); }",
                 "2:26 a reply handle names its ask, such as 'reply<Account.deposit>'");
  expect_finding("actor Z { ask go @0 () -> (); tell a @1 (to: reply<Z.og>); }",
                 "2:54 actor Z has no message 'og' (did you mean 'go'?)");
  expect_finding("actor Z { tell a @1 (to: reply<Z.a>); }",
                 "2:34 'a' is a tell, and nobody waits for its answer [note 2:16 declared here]");
}

TEST(CheckTypes, ReplyHandlesAreParametersOfMessages) {
  expect_finding("struct S { it @0: reply<Z.go>; } actor Z { ask go @0 () -> (); }",
                 "2:19 a reply handle is a parameter of a message; it cannot be part of a struct");
  expect_finding("actor Z { ask go @0 () -> (it: reply<Z.go>); }",
                 "2:32 a reply handle is a parameter of a message; it cannot be part of an answer");
  expect_finding("actor Z (it: reply<Z.go>) { ask go @0 () -> (); }",
                 "2:14 a reply handle is a parameter of a message; it cannot be part of the start "
                 "of an actor");
}

TEST(CheckTypes, NoStructContainsItself) {
  expect_finding("struct A { b @0: B; } struct B { a @0: A; }",
                 "2:8 struct A contains itself: A.b -> B.a -> A [note 2:18 through b] "
                 "[note 2:40 through a]");
  expect_fine("struct A { b @0: B; c @1: B; } struct B {}");
  const auto chain = [](std::size_t count) {
    std::string text = "struct S0 {}";
    for (std::size_t index = 1; index < count; ++index) {
      const std::string inner = std::to_string(index - 1);
      text += "\nstruct S" + std::to_string(index) + " { s @0: S" + inner + "; }";
    }
    return text;
  };
  expect_fine(chain(kStructNestingMax));
  expect_finding(chain(kStructNestingMax + 5),
                 "34:8 structs and lists are nested more than 32 deep here");
}

TEST(CheckActors, KeysAreOneSimpleParameter) {
  for (const char* type : {"text", "bytes", "u64", "i64"}) {
    expect_fine("actor Z key (id: " + std::string(type) + ") {}");
  }
  expect_finding("actor Z key (id: bool) {}", "2:18 a key is of type text, bytes, u64 or i64");
  expect_finding("actor Z key () {}",
                 "2:13 a key is exactly one parameter, such as 'key (id: text)'");
}

TEST(CheckActors, SayThingsOnce) {
  expect_finding("actor Z { watches; watches; }",
                 "2:20 'watches' is said once [note 2:11 first said here]");
  expect_finding("actor Z { mailbox capacity 1; mailbox capacity 2; }",
                 "2:31 an actor has one mailbox [note 2:11 it is described here]");
  expect_finding("actor Z { mailbox capacity 1, capacity 2; }",
                 "2:31 'capacity' is said twice [note 2:19 first said here]");
}

TEST(CheckActors, MailboxesHaveLimits) {
  expect_fine("actor Z { mailbox capacity 1, bytes 4096; }");
  expect_fine("actor Z { mailbox capacity 16777216, bytes 1073741824, overflow drop_oldest; }");
  expect_finding("actor Z { mailbox capacity 0; }",
                 "2:28 'capacity' is from 1 to 16777216 messages");
  expect_finding("actor Z { mailbox capacity 16777217; }",
                 "2:28 'capacity' is from 1 to 16777216 messages");
  expect_finding("actor Z { mailbox capacity 1, bytes 4095; }",
                 "2:37 'bytes' is from 4096 to 1073741824 bytes");
  expect_finding("actor Z { mailbox bytes 4096; }",
                 "2:11 a mailbox says its capacity, such as 'mailbox capacity 1024;'");
  expect_finding("actor Z { mailbox capacity 1, overflow drop_oldst; }",
                 "2:40 a mailbox that overflows does 'reject' or 'drop_oldest' (did you mean "
                 "'drop_oldest'?)");
  expect_finding("actor Z { mailbox capacity 1, size 2; }",
                 "2:31 expected 'capacity', 'bytes' or 'overflow' but found 'size'");
}

TEST(CheckActors, OnlyAsksAreAnswered) {
  expect_finding("actor Z { tell a @0 () -> (x: i8); }",
                 "2:27 a tell has no results; make 'a' an ask");
  expect_finding("enum E { a @0; } actor Z { tell a @0 () denies E; }",
                 "2:48 a tell cannot be denied, as nobody waits; make 'a' an ask");
  expect_finding(
      "actor Z { ask a @0 (); }",
      "2:15 an ask says what it answers: '-> (...)', or '-> ()' for no more than that it "
      "was done");
}

TEST(CheckActors, DenialsAreEnums) {
  expect_finding("struct S {} actor Z { ask a @0 () -> () denies S; }",
                 "2:48 a denial is an enum, and 'S' is a struct [note 2:8 declared here]");
  expect_finding("enum Denied { a @0; } actor Z { ask a @0 () -> () denies Denid; }",
                 "2:58 unknown enum 'Denid' (did you mean 'Denied'?)");
}

TEST(CheckActors, ReentrancyIsOneOfThreeWords) {
  expect_fine("actor X { reentrancy none; }");
  expect_fine("actor Y { reentrancy interleave; tell a @0 (); }");
  expect_fine(
      "actor Z { reentrancy call_chain; ask a @0 () -> () readonly; tell b @1 () interleaves; }");
  expect_finding("actor Z { reentrancy call_chan; }",
                 "2:22 reentrancy is 'call_chain', 'interleave' or 'none' (did you mean "
                 "'call_chain'?)");
  expect_finding("actor Z { reentrancy none; reentrancy interleave; }",
                 "2:28 'reentrancy' is said once [note 2:11 first said here]");
}

TEST(CheckActors, AMessageHasOneSuffixThatSaysSomething) {
  expect_finding("actor Z { tell a @0 () readonly; }",
                 "2:24 a tell has nothing to read; make 'a' an ask");
  expect_finding("actor Z { ask a @0 () -> () readonly readonly; }",
                 "2:38 'readonly' is said twice [note 2:29 first said here]");
  expect_finding("actor Z { ask a @0 () -> () interleaves readonly; }",
                 "2:41 a message says 'readonly' or 'interleaves', not both [note 2:29 the other "
                 "is here]");
  expect_finding("actor Z { reentrancy interleave; tell a @0 () interleaves; }",
                 "2:47 every message of an actor that says 'reentrancy interleave' interleaves "
                 "already [note 2:22 said here]");
}

TEST(CheckAsks, NameActorsOnce) {
  expect_fine("actor A { asks B, C; }\nactor B {}\nactor C { asks B; }");
  expect_finding("actor A { asks B; asks C; }\nactor B {}\nactor C {}",
                 "2:19 'asks' is said once [note 2:11 first said here]");
  expect_finding("actor A { asks B, test.B acyclic; }\nactor B {}",
                 "2:19 actor B is named twice in 'asks' [note 2:16 first named here]");
  expect_finding("actor A { asks E; }\nenum E { a @0; }",
                 "2:16 'E' is an enum, not an actor [note 3:6 declared here]");
  expect_finding("actor A { asks Ledgr; }\nactor Ledger {}",
                 "2:16 unknown actor 'Ledgr' (did you mean 'Ledger'?)");
}

/// The finding of a cycle, up to its notes.
std::string cycle_finding(const std::string& place, const std::string& walk) {
  return place + " actors that ask each other wait for each other until the deadline: " + walk +
         "; say 'reentrancy call_chain' in one of them, make one of the asks a tell, or mark the "
         "entry 'acyclic' if no two instances ever ask each other";
}

TEST(CheckAsks, NobodyAsksInACircle) {
  expect_finding("actor A { asks A; }", cycle_finding("2:16", "test.A asks test.A"));
  expect_finding(
      "actor A { asks B; }\nactor B { asks A; }",
      cycle_finding("3:16", "test.A asks test.B asks test.A") + " [note 2:16 test.A asks test.B]");
  // Told from its first actor on, though the search enters it at the last.
  expect_finding(
      "actor A { asks C; }\nactor B { asks C; }\nactor C { asks B; }",
      cycle_finding("4:16", "test.B asks test.C asks test.B") + " [note 3:16 test.B asks test.C]");
}

TEST(CheckAsks, EachCycleIsReportedOnce) {
  EXPECT_EQ(findings_in_package("actor A { asks B; }\nactor B { asks A, C; }\n"
                                "actor C { asks C, A; }\nactor D { asks A; }"),
            cycle_finding("3:16", "test.A asks test.B asks test.A") +
                " [note 2:16 test.A asks test.B]\n" + cycle_finding("4:16", "test.C asks test.C") +
                "\n" + cycle_finding("4:19", "test.A asks test.B asks test.C asks test.A") +
                " [note 2:16 test.A asks test.B] [note 3:19 test.B asks test.C]\n");
}

TEST(CheckAsks, WhatComesBackMayBeTaken) {
  expect_fine("actor A { asks A acyclic; }");
  expect_fine("actor A { asks B; }\nactor B { asks A acyclic; }");
  expect_fine("actor A { reentrancy call_chain; asks A, B; }\nactor B { asks A; }");
  expect_fine("actor A { asks B; }\nactor B { reentrancy interleave; asks A; }");
  expect_finding("actor A { reentrancy none; asks A; }",
                 cycle_finding("2:33", "test.A asks test.A"));
  // One message that interleaves does not say that every ask comes back as that one.
  expect_finding("actor A { asks A; ask x @0 () -> () interleaves; }",
                 cycle_finding("2:16", "test.A asks test.A"));
}

TEST(CheckAsks, AMisspeltReentrancyIsNoCycle) {
  expect_finding("actor A { reentrancy interleaves; asks A; }",
                 "2:22 reentrancy is 'call_chain', 'interleave' or 'none' (did you mean "
                 "'interleave'?)");
  expect_finding("actor A { reentrancy; asks A; }",
                 "2:21 expected 'call_chain', 'interleave' or 'none' but found ';'");
}

TEST(CheckAsks, LongAndManyCyclesCostLittle) {
  constexpr int kActors = 3000;
  const auto name = [](int index) { return "A" + std::to_string(index); };
  std::string chain;
  for (int index = 0; index < kActors; ++index) {
    chain += "actor " + name(index) + " { asks " + name((index + 1) % kActors) + "; }\n";
  }
  const std::string found = findings_in_package(chain);
  EXPECT_EQ(std::ranges::count(found, '\n'), 1);
  // Each asks all before it and the next: as many circles as pairs of them.
  constexpr int kDense = 300;
  std::string dense;
  for (int index = 0; index < kDense; ++index) {
    dense += "actor " + name(index) + " { asks " + name((index + 1) % kDense);
    for (int other = 1; other <= index; ++other) dense += ", " + name(other);
    dense += "; }\n";
  }
  const std::string many = findings_in_package(dense);
  EXPECT_GT(std::ranges::count(many, '\n'), 1);
  EXPECT_LT(many.size(), 1u << 20);
}

TEST(Check, FilesHaveALimit) {
  const std::string line = "package test;\n";
  EXPECT_EQ(findings(line + std::string(kFileBytesMax - line.size(), '\n')), "");
  EXPECT_EQ(findings(std::string(kFileBytesMax + 1, '\n')),
            "1:1 file of 1048577 bytes; the limit is 1048576\n");
}

TEST(CheckTypes, ListsAndOptionsHoldWhatHasAValue) {
  expect_fine(
      "struct S { a @0: list<i8>; b @1: option<list<list<text>>>; c @2: list<T>; }\n"
      "struct T { a @0: option<bytes>; b @1: list<ref<A>>; }\n"
      "actor A {}");
  expect_finding("struct S { a @0: list; }",
                 "2:18 a list names what it holds, such as 'list<i64>'");
  expect_finding("struct S { a @0: option; }",
                 "2:18 an option names what it may hold, such as 'option<i64>'");
  expect_finding("struct S { a @0: list<option<i8>>; }",
                 "2:23 a list holds no options; it may hold a struct that has one");
  expect_finding("struct S { a @0: option<option<i8>>; }",
                 "2:25 an option of an option; one of them says it");
  expect_finding("actor A { tell x @0 (x: list<reply<A.b>>); ask b @1 () -> (); }",
                 "2:30 a list holds no reply handles: each is a parameter of its own");
}

TEST(CheckTypes, NestNoDeeperThanTheirLimit) {
  std::string type = "i8";
  for (std::size_t depth = 0; depth < kTypeNestingMax; ++depth) type = "list<" + type + ">";
  expect_fine("struct S { a @0: " + type + "; }");
  expect_finding("struct S { a @0: list<" + type + ">; }",
                 "2:62 types are nested more than 8 deep here");
  // Lists count for the nesting of structs, too.
  std::string body = "struct S0 {}\n";
  for (int depth = 1; depth < 20; ++depth) {
    body += "struct S" + std::to_string(depth) + " { s @0: list<S" + std::to_string(depth - 1) +
            ">; }\n";
  }
  expect_finding(body, "18:8 structs and lists are nested more than 32 deep here");
}

TEST(CheckTypes, StructsContainThemselvesInNoWay) {
  expect_finding("struct S { a @0: list<S>; }",
                 "2:8 struct S contains itself: S.a -> S; keep all of them in one list and hold "
                 "indices into it [note 2:18 through a]");
  expect_finding("struct S { a @0: option<T>; } struct T { b @0: S; }",
                 "2:8 struct S contains itself: S.a -> T.b -> S; keep all of them in one list and "
                 "hold indices into it [note 2:18 through a] [note 2:48 through b]");
}

TEST(CheckTypes, StartParametersOwnWhatTheyHold) {
  expect_fine(
      "struct P { x @0: f64; o @1: option<i8>; }\n"
      "actor A (p: P, all: list<P>, names: list<text>, note: option<bytes>) {}");
  expect_finding(
      "struct N { o @0: option<text>; }\nactor A (all: option<list<N>>) {}",
      "3:27 a struct with text, bytes or lists views memory of whoever starts the actor, "
      "which lives longer; give N.o as a start parameter itself [note 2:12 this is such a "
      "view]");
}

}  // namespace
}  // namespace troupe::codegen
