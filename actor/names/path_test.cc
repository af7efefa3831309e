// Paths as texts: what is parsed, what is refused, and that there is one text for each path.
#include "actor/names/path.h"

#include <gtest/gtest.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "actor/names/selection.h"
#include "actor/spawn_options.h"
#include "protocols/frame.h"

namespace troupe {
namespace {

using Names = std::vector<std::string>;

Code code_of(std::string_view text) {
  const Result<Path> path = Path::parse(text);
  return path ? Code{} : path.error().code();
}

TEST(Path, IsPrintedAsItWasParsed) {
  for (const char* text :
       {"troupe://bank@0/", "troupe://bank@0/user", "troupe://my-sys_1.x@65535/user/pool/worker-1",
        "troupe://a@3/user/$7/x", "troupe://a@3/keyed/bank.Account/%24%2F%00",
        "troupe://a@3/keyed/bank.Account/$", "troupe://a@3/keyed/bank.Account/%2E%2E"}) {
    const Result<Path> path = Path::parse(text);
    ASSERT_TRUE(path.ok()) << text << ": " << path.error().describe();
    EXPECT_EQ(path->text(), text);
  }
}

TEST(Path, HasSystemCoreAndElements) {
  const Result<Path> path = Path::parse("troupe://bank@12/keyed/bank.Account/a%2Fb");
  ASSERT_TRUE(path.ok());
  EXPECT_EQ(path->system(), "bank");
  EXPECT_EQ(path->core(), 12);
  EXPECT_EQ(path->elements(), (Names{"keyed", "bank.Account", "a/b"}));
  EXPECT_EQ(path->name(), "a/b");
  EXPECT_EQ(path->parent().text(), "troupe://bank@12/keyed/bank.Account");
  EXPECT_FALSE(path->is_root());
  const Path root = path->parent().parent().parent();
  EXPECT_TRUE(root.is_root());
  EXPECT_EQ(root.parent(), root);
  EXPECT_EQ(root.name(), "");
  EXPECT_EQ(root, Path("bank", 12));
}

TEST(Path, EscapesWhatNoNameHas) {
  const Path keys = Path("a", 0).child("keyed").child("t");
  EXPECT_EQ(keys.child("").text(), "troupe://a@0/keyed/t/$");
  EXPECT_EQ(keys.child("$7").text(), "troupe://a@0/keyed/t/%247");
  EXPECT_EQ(keys.unnamed_child(7).text(), "troupe://a@0/keyed/t/$7");
  EXPECT_EQ(keys.child("a$*?/ \xff").text(), "troupe://a@0/keyed/t/a$%2A%3F%2F%20%FF");
  EXPECT_EQ(keys.child(".").text(), "troupe://a@0/keyed/t/%2E");
  EXPECT_EQ(keys.child("...").text(), "troupe://a@0/keyed/t/...");
}

TEST(Path, RefusesEverythingElse) {
  for (const char* text : {"",
                           "/user",
                           "user",
                           "troupe:/a@0/",
                           "http://a@0/",
                           "troupe://a@0",
                           "troupe://a/user",
                           "troupe://@0/user",
                           "troupe://a@/user",
                           "troupe://a@x/user",
                           "troupe://a@-1/user",
                           "troupe://a@+1/user",
                           "troupe://a@65536/user",
                           "troupe://a@00/user",
                           "troupe://a@1 /user",
                           "troupe://a b@1/user",
                           "troupe://a@1//user",
                           "troupe://a@1/user/",
                           "troupe://a@1//",
                           "troupe://a@1/user/.",
                           "troupe://a@1/user/..",
                           "troupe://a@1/user/*",
                           "troupe://a@1/user/a?",
                           "troupe://a@1/user/a b",
                           "troupe://a@1/user/$x",
                           "troupe://a@1/user/$07",
                           "troupe://a@1/user/$4294967296",
                           "troupe://a@1/user/%",
                           "troupe://a@1/user/%4",
                           "troupe://a@1/user/%2f",
                           "troupe://a@1/user/%61",
                           "troupe://a@1/user/a%24",
                           "troupe://a@1/user/a%2E",
                           "troupe://a@1/user/\xff"}) {
    EXPECT_EQ(code_of(text), Code::kInvalidArgument) << text;
  }
}

TEST(Path, HasLimits) {
  std::string deep = "troupe://a@0";
  for (std::size_t i = 0; i < kPathElementsMax; ++i) deep += "/x";
  EXPECT_TRUE(Path::parse(deep).ok());
  EXPECT_EQ(code_of(deep + "/x"), Code::kTooLarge);
  const std::string key(protocols::kKeyBytesMax, 'k');
  EXPECT_TRUE(Path::parse("troupe://a@0/keyed/t/" + key).ok());
  EXPECT_EQ(code_of("troupe://a@0/keyed/t/" + key + "k"), Code::kInvalidArgument);
  std::string large = "troupe://a@0";
  while (large.size() + key.size() < kPathBytesMax) large += "/" + key;
  large += "/" + std::string(kPathBytesMax - large.size() - 1, 'x');
  EXPECT_EQ(large.size(), kPathBytesMax);
  EXPECT_TRUE(Path::parse(large).ok());
  EXPECT_EQ(code_of(large + "x"), Code::kTooLarge);
  EXPECT_TRUE(is_system_name(std::string(kSystemNameBytesMax, 's')));
  EXPECT_FALSE(is_system_name(std::string(kSystemNameBytesMax + 1, 's')));
  EXPECT_TRUE(is_actor_name(std::string(kNameBytesMax, 'n')));
  EXPECT_FALSE(is_actor_name(std::string(kNameBytesMax + 1, 'n')));
  // Deeper ones are printed, though never parsed.
  Path path("a", 0);
  for (std::size_t i = 0; i <= kPathElementsMax; ++i) path = path.child("x");
  EXPECT_EQ(path.text(), deep + "/x");
}

TEST(Path, IsAKey) {
  std::unordered_map<Path, int> lives;
  ++lives[Path("a", 0).child("user").child("w")];
  ++lives[Path("a", 0).child("user").child("w")];
  ++lives[Path("a", 1).child("user").child("w")];
  EXPECT_EQ(lives.size(), 2u);
  EXPECT_LT(Path("a", 0).child("a"), Path("a", 0).child("b"));
}

// ---- selections ----

Code selection_code(std::string_view text) {
  const auto selection = names::Selection::parse(text, Path("a", 2).child("user").child("p"));
  return selection ? Code{} : selection.error().code();
}

TEST(Selection, RefusesWhatHasNoMeaning) {
  for (const char* text : {"",
                           "a//b",
                           "a/",
                           "//",
                           "../../../x",
                           "../../../..",
                           "*/..",
                           "**/../x",
                           "a b",
                           "%4",
                           "%zz",
                           "troupe://b@0/user",
                           "troupe://a/user",
                           "troupe://a@x/user",
                           "@/user",
                           "@1",
                           "@*",
                           "@-1/x",
                           "@1x/user",
                           "@70000/user",
                           "troupe://a@0"}) {
    EXPECT_EQ(selection_code(text), Code::kInvalidArgument) << text;
  }
  std::string deep = "x";
  for (std::size_t i = 3; i < kPathElementsMax; ++i) deep += "/x";
  EXPECT_EQ(selection_code(deep), Code{});  // behind user and p
  EXPECT_EQ(selection_code(deep + "/x"), Code::kTooLarge);
  EXPECT_EQ(selection_code(std::string(kPathBytesMax + 1, 'x')), Code::kTooLarge);
  EXPECT_EQ(selection_code(std::string(protocols::kKeyBytesMax + 1, 'x')), Code::kTooLarge);
}

TEST(Selection, KnowsWhereItStarts) {
  const Path base = Path("a", 2).child("user").child("p");
  const auto core_of = [&](const char* text) {
    const auto selection = names::Selection::parse(text, base);
    return selection.ok() && selection->core() ? int{*selection->core()} : -1;
  };
  EXPECT_EQ(core_of("../x"), 2);
  EXPECT_EQ(core_of("/user"), 2);
  EXPECT_EQ(core_of("@7/user"), 7);
  EXPECT_EQ(core_of("troupe://a@9/"), 9);
  EXPECT_EQ(core_of("@*/user"), -1);
  EXPECT_FALSE(names::Selection::parse("troupe://a@*/user/**", base)->core());
  const auto relative = names::Selection::parse(".././../system/./x", base);
  ASSERT_TRUE(relative.ok());
  ASSERT_EQ(relative->elements().size(), 2u);
  EXPECT_EQ(relative->elements()[0].name(), "system");
  EXPECT_EQ(relative->elements()[1].name(), "x");
}

}  // namespace
}  // namespace troupe
