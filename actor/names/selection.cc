#include "actor/names/selection.h"

#include <algorithm>
#include <charconv>

#include "protocols/frame.h"

namespace troupe::names {

namespace {

constexpr std::string_view kScheme = "troupe://";

}  // namespace

Result<ElementPattern> ElementPattern::parse(std::string_view text) {
  ElementPattern pattern;
  if (text == "$") return pattern;  // the empty key
  pattern.deep_ = text == "**";
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char character = text[at];
    if (character == '*' || character == '?') {
      pattern.wildcard_ = true;
      pattern.tokens_.push_back(character == '*' ? kAny : kOne);
      continue;
    }
    char byte = character;
    if (character == '%') {
      const int high = at + 1 < text.size() ? hex_value(text[at + 1]) : -1;
      const int low = at + 2 < text.size() ? hex_value(text[at + 2]) : -1;
      if (high < 0 || low < 0) {
        return Error(Code::kInvalidArgument, at, "% in a selection has two hexadecimal digits");
      }
      byte = static_cast<char>(high * 16 + low);
      at += 2;
    } else if (!is_plain(character) && character != '$') {
      return Error(Code::kInvalidArgument, at, "a byte that no name has; as an escape, %20 say");
    }
    pattern.tokens_.push_back(static_cast<unsigned char>(byte));
    pattern.name_ += byte;
  }
  if (pattern.tokens_.empty()) {
    return Error(Code::kInvalidArgument, 0, "an element of a selection is empty");
  }
  if (pattern.tokens_.size() > protocols::kKeyBytesMax) {
    return Error(Code::kTooLarge, pattern.tokens_.size(), "bytes of an element of a selection");
  }
  return pattern;
}

ElementPattern ElementPattern::literal(std::string_view name) {
  ElementPattern pattern;
  pattern.name_ = name;
  return pattern;
}

// Only the last `*` is ever taken back: what an earlier one took could be taken by it as well.
bool ElementPattern::matches(std::string_view name) const {
  if (!wildcard_) return name == name_;
  std::size_t token = 0;
  std::size_t at = 0;
  std::optional<std::size_t> star;  // the token after the last `*`
  std::size_t taken_to = 0;         // what that `*` has taken
  while (at < name.size()) {
    if (token < tokens_.size() && tokens_[token] == kAny) {
      star = ++token;
      taken_to = at;
    } else if (token < tokens_.size() &&
               (tokens_[token] == kOne || tokens_[token] == static_cast<unsigned char>(name[at]))) {
      ++token;
      ++at;
    } else if (star) {
      token = *star;
      at = ++taken_to;
    } else {
      return false;
    }
  }
  while (token < tokens_.size() && tokens_[token] == kAny) ++token;
  return token == tokens_.size();
}

Result<Selection> Selection::parse(std::string_view text, const Path& base) {
  if (text.size() > kPathBytesMax) {
    return Error(Code::kTooLarge, text.size(), "bytes of a selection");
  }
  if (text.empty()) return Error(Code::kInvalidArgument, 0, "an empty selection");
  Selection selection;
  selection.core_ = base.core();
  if (text.starts_with(kScheme) || text.starts_with('@') || text.starts_with('/')) {
    TROUPE_TRY(selection.read_anchor(text, base));
  } else {
    TROUPE_TRY(selection.add_literals(base));
  }
  TROUPE_TRY(selection.read_elements(text));
  return selection;
}

Result<Selection> Selection::of(const Path& path) {
  Selection selection;
  selection.core_ = path.core();
  TROUPE_TRY(selection.add_literals(path));
  return selection;
}

/// An actor may live deeper than a selection reaches.
Status Selection::add_literals(const Path& path) {
  for (const std::string& name : path.elements()) {
    elements_.push_back(ElementPattern::literal(name));
  }
  if (elements_.size() <= kPathElementsMax) return ok();
  return Error(Code::kTooLarge, elements_.size(), "elements of a path");
}

/// Takes the anchor and the slash behind it from `text`.
Status Selection::read_anchor(std::string_view& text, const Path& base) {
  if (text.starts_with(kScheme)) {
    text.remove_prefix(kScheme.size());
    const std::size_t mark = std::min(text.find('@'), text.size());
    if (text.substr(0, mark) != base.system()) {
      return Error(Code::kInvalidArgument, 0, "a selection names another system");
    }
    text.remove_prefix(mark);
    if (text.empty()) return Error(Code::kInvalidArgument, 0, "a selection names no core");
  }
  if (text.starts_with('@')) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view core = text.substr(1, end - 1);
    std::uint16_t number = 0;
    const auto [last, error] = std::from_chars(core.data(), core.data() + core.size(), number);
    if (core == "*") {
      core_.reset();
    } else if (error == std::errc() && last == core.data() + core.size()) {
      core_ = number;
    } else {
      return Error(Code::kInvalidArgument, 0, "@ is followed by the number of a core, or by *");
    }
    text.remove_prefix(end);
    if (text.empty()) return Error(Code::kInvalidArgument, 0, "a slash follows the core");
  }
  text.remove_prefix(1);
  return ok();
}

Status Selection::read_elements(std::string_view text) {
  bool more = !text.empty();  // nothing behind the slash: the root
  while (more) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view element = text.substr(0, end);
    more = end < text.size();
    text.remove_prefix(std::min(end + 1, text.size()));
    if (element == ".") continue;
    if (element == "..") {
      if (elements_.empty()) return Error(Code::kInvalidArgument, 0, ".. leads above the root");
      if (elements_.back().has_wildcard()) {
        return Error(Code::kInvalidArgument, 0, ".. after a wildcard");
      }
      elements_.pop_back();
      continue;
    }
    TROUPE_TRY(ElementPattern pattern, ElementPattern::parse(element));
    if (elements_.size() >= kPathElementsMax) {
      return Error(Code::kTooLarge, elements_.size() + 1, "elements of a selection");
    }
    elements_.push_back(std::move(pattern));
  }
  return ok();
}

/// `**` may stand for no element: what follows it may match at once, unless nothing follows.
void Selection::close(State& state) const {
  for (std::size_t i = 0; i + 1 < elements_.size(); ++i) {
    if (state.test(i) && elements_[i].is_deep()) state.set(i + 1);
  }
}

Selection::State Selection::start() const {
  State state;
  state.set(0);
  close(state);
  return state;
}

Selection::State Selection::step(const State& state, std::string_view name) const {
  State next;
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    if (!state.test(i)) continue;
    if (elements_[i].is_deep()) {
      next.set(i);
      next.set(i + 1);
    } else if (elements_[i].matches(name)) {
      next.set(i + 1);
    }
  }
  close(next);
  return next;
}

bool Selection::goes_on(const State& state) const {
  State more = state;
  more.reset(elements_.size());
  return more.any();
}

const std::string* Selection::only_next(const State& state) const {
  State more = state;
  more.reset(elements_.size());
  if (more.count() != 1) return nullptr;
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    if (more.test(i) && !elements_[i].has_wildcard()) return &elements_[i].name();
  }
  return nullptr;
}

}  // namespace troupe::names
