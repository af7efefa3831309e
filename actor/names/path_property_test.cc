// Properties of paths and selections: one text for each path, and wildcards beside naive matchers.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "actor/names/path.h"
#include "actor/names/selection.h"

namespace troupe {
namespace {

using names::ElementPattern;
using names::Selection;
using Names = std::vector<std::string>;

/// Few letters, so that things meet; now and then what has to be escaped.
std::string some_name(std::size_t most) {
  return *rc::gen::resize(static_cast<int>(most),
                          rc::gen::container<std::string>(rc::gen::weightedOneOf<char>(
                              {{8, rc::gen::element('a', 'b', '.')},
                               {2, rc::gen::element('$', '*', '?', '/', '%', '7')},
                               {1, rc::gen::arbitrary<char>()}})));
}

TEST(PathProperty, WhatIsPrintedIsParsedAsTheSame) {
  EXPECT_TRUE(rc::check([] {
    Path path("sys", *rc::gen::arbitrary<std::uint16_t>());
    Names expected;
    for (int depth = *rc::gen::inRange(0, 6); depth > 0; --depth) {
      if (*rc::gen::inRange(0, 4) == 0) {
        const auto slot = *rc::gen::arbitrary<std::uint32_t>();
        path = path.unnamed_child(slot);
        expected.push_back("$" + std::to_string(slot));
      } else {
        expected.push_back(some_name(6));
        path = path.child(expected.back());
      }
    }
    const Result<Path> parsed = Path::parse(path.text());
    RC_ASSERT(parsed.ok());
    RC_ASSERT(*parsed == path);
    RC_ASSERT(parsed->core() == path.core());
    RC_ASSERT(parsed->elements() == expected);
    RC_ASSERT(parsed->name() == (expected.empty() ? "" : expected.back()));
    // As a selection it is that place alone.
    const auto selection = Selection::parse(path.text(), Path("sys", 0));
    RC_ASSERT(selection.ok());
    RC_ASSERT(selection->elements().size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      RC_ASSERT(!selection->elements()[i].has_wildcard());
      RC_ASSERT(selection->elements()[i].name() == expected[i]);
    }
  }));
}

TEST(PathProperty, WhatIsParsedIsPrintedAsItWas) {
  EXPECT_TRUE(rc::check([] {
    const auto bytes = *rc::gen::container<std::string>(
        rc::gen::weightedOneOf<char>({{6, rc::gen::element('/', '%', '2', 'F', '$', '.', '*', '0')},
                                      {2, rc::gen::element('a', 'f', 'E', '?')},
                                      {1, rc::gen::arbitrary<char>()}}));
    const std::string text = "troupe://a@0/" + bytes;
    const Result<Path> path = Path::parse(text);
    if (path) {
      RC_ASSERT(path->text() == text);
      Path again("a", 0);
      for (const std::string& name : path->elements()) {
        std::uint32_t slot = 0;
        again = names::read_unnamed(name, slot) && text.find("%24") == text.npos
                    ? again.unnamed_child(slot)
                    : again.child(name);
      }
      if (text.find("%24") == text.npos) RC_ASSERT(again.text() == text);
    }
    (void)Path::parse(bytes);  // and nothing of this ends the process
    (void)Selection::parse(bytes, Path("a", 0).child("user"));
  }));
}

bool naive_match(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*') {
    return naive_match(pattern.substr(1), name) ||
           (!name.empty() && naive_match(pattern, name.substr(1)));
  }
  return !name.empty() && (pattern[0] == '?' || pattern[0] == name[0]) &&
         naive_match(pattern.substr(1), name.substr(1));
}

TEST(PathProperty, WildcardsMatchAsTheNaiveMatcher) {
  EXPECT_TRUE(rc::check([] {
    const auto pattern = *rc::gen::resize(10, rc::gen::nonEmpty(rc::gen::container<std::string>(
                                                  rc::gen::element('a', 'b', '*', '*', '?'))));
    const auto name =
        *rc::gen::resize(15, rc::gen::container<std::string>(rc::gen::element('a', 'b')));
    const auto parsed = ElementPattern::parse(pattern);
    RC_ASSERT(parsed.ok());
    RC_ASSERT(parsed->matches(name) == naive_match(pattern, name));
  }));
}

bool naive_select(const Names& patterns, std::size_t pattern, const Names& names, std::size_t at) {
  if (pattern == patterns.size()) return at == names.size();
  if (patterns[pattern] == "**") {
    const std::size_t least = pattern + 1 == patterns.size() ? 1 : 0;
    for (std::size_t taken = least; at + taken <= names.size(); ++taken) {
      if (naive_select(patterns, pattern + 1, names, at + taken)) return true;
    }
    return false;
  }
  return at < names.size() && naive_match(patterns[pattern], names[at]) &&
         naive_select(patterns, pattern + 1, names, at + 1);
}

TEST(PathProperty, SelectionsMatchAsTheNaiveMatcher) {
  EXPECT_TRUE(rc::check([] {
    const auto patterns = *rc::gen::resize(
        5, rc::gen::nonEmpty(rc::gen::container<Names>(
               rc::gen::element<std::string>("a", "b", "*", "**", "**", "a*", "?"))));
    const auto names = *rc::gen::resize(
        6, rc::gen::container<Names>(rc::gen::element<std::string>("a", "b", "ab", "c")));
    std::string text;
    for (const std::string& pattern : patterns) text += "/" + pattern;
    const auto selection = Selection::parse(text, Path("a", 0));
    RC_ASSERT(selection.ok());
    Selection::State state = selection->start();
    bool ended = false;
    for (const std::string& name : names) {
      const std::string* only = selection->only_next(state);
      const Selection::State next = selection->step(state, name);
      // The short cut loses nothing.
      if (only != nullptr && *only != name) RC_ASSERT(next.none());
      ended |= !selection->goes_on(state);
      if (ended) RC_ASSERT(next.none());
      state = next;
    }
    RC_ASSERT(selection->accepts(state) == naive_select(patterns, 0, names, 0));
  }));
}

}  // namespace
}  // namespace troupe
