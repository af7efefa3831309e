#include "actor/names/path.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "actor/spawn_options.h"
#include "protocols/frame.h"

namespace troupe {

namespace {

constexpr std::string_view kScheme = "troupe://";
constexpr char kHexDigits[] = "0123456789ABCDEF";

bool is_letter_or_digit(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9');
}

/// A number as it is printed: no sign, no leading zero.
template <class Number>
bool read_number(std::string_view text, Number& number) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool is_system_name(std::string_view name) {
  return !name.empty() && name.size() <= kSystemNameBytesMax &&
         std::ranges::all_of(name, [](char character) {
           return is_letter_or_digit(character) || character == '-' || character == '_' ||
                  character == '.';
         });
}

bool is_actor_name(std::string_view name) {
  const auto allowed = [](char character) {
    return names::is_plain(character) || character == '*' || character == '$';
  };
  return !name.empty() && name.size() <= kNameBytesMax && !name.starts_with('$') && name != "." &&
         name != ".." && std::ranges::all_of(name, allowed);
}

namespace names {

bool is_plain(char character) {
  constexpr std::string_view kMarks = "-_.+:@&=,!~'";
  return is_letter_or_digit(character) || kMarks.find(character) != kMarks.npos;
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

std::string unnamed(std::uint32_t slot) { return "$" + std::to_string(slot); }

bool read_unnamed(std::string_view name, std::uint32_t& slot) {
  return name.starts_with('$') && read_number(name.substr(1), slot);
}

std::string escaped(std::string_view name) {
  if (name.empty()) return "$";
  const bool dots = name == "." || name == "..";
  std::string element;
  element.reserve(name.size());
  for (std::size_t at = 0; at < name.size(); ++at) {
    const char character = name[at];
    if ((is_plain(character) && !dots) || (character == '$' && at != 0)) {
      element += character;
      continue;
    }
    const auto byte = static_cast<unsigned char>(character);
    element += '%';
    element += kHexDigits[byte >> 4];
    element += kHexDigits[byte & 15];
  }
  return element;
}

bool read_element(std::string_view element, std::string& name) {
  name.clear();
  std::uint32_t slot = 0;
  if (element == "$") return true;
  if (read_unnamed(element, slot)) {
    name = element;
    return true;
  }
  for (std::size_t at = 0; at < element.size(); ++at) {
    if (element[at] != '%') {
      name += element[at];
      continue;
    }
    if (element.size() - at < 3) return false;
    const int high = hex_value(element[at + 1]);
    const int low = hex_value(element[at + 2]);
    if (high < 0 || low < 0) return false;
    name += static_cast<char>(high * 16 + low);
    at += 2;
  }
  // One text for each: what escapes more or other than need be is none.
  return name.size() <= protocols::kKeyBytesMax && escaped(name) == element;
}

}  // namespace names

Path::Path(std::string_view system, std::uint16_t core) : core_(core) {
  TROUPE_CHECK(is_system_name(system), "'%.*s' is no name of a system",
               static_cast<int>(std::min(system.size(), kSystemNameBytesMax)), system.data());
  text_.append(kScheme).append(system).append("@").append(std::to_string(core));
  anchor_bytes_ = text_.size();
  text_ += '/';
}

Result<Path> Path::parse(std::string_view text) {
  if (text.size() > kPathBytesMax) return Error(Code::kTooLarge, text.size(), "bytes of a path");
  if (!text.starts_with(kScheme)) {
    return Error(Code::kInvalidArgument, 0, "a path starts with troupe://");
  }
  const std::size_t anchor = std::min(text.find('/', kScheme.size()), text.size());
  if (anchor == text.size()) {
    return Error(Code::kInvalidArgument, anchor, "a path has a slash after its core");
  }
  const std::string_view place = text.substr(kScheme.size(), anchor - kScheme.size());
  const std::size_t mark = place.find('@');
  Path path;
  if (mark == place.npos || !is_system_name(place.substr(0, mark)) ||
      !read_number(place.substr(mark + 1), path.core_)) {
    return Error(Code::kInvalidArgument, anchor, "a path starts with troupe://system@core/");
  }
  path.text_ = text;
  path.anchor_bytes_ = anchor;
  std::string name;
  std::size_t elements = 0;
  for (std::size_t at = anchor + 1; at < text.size() || elements != 0;) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    if (!names::read_element(text.substr(at, end - at), name)) {
      return Error(Code::kInvalidArgument, at, "an element of a path is no name");
    }
    if (++elements > kPathElementsMax) {
      return Error(Code::kTooLarge, elements, "elements of a path");
    }
    if (end == text.size()) break;
    at = end + 1;
  }
  return path;
}

std::string_view Path::system() const {
  const std::string_view place(text_.data() + kScheme.size(), anchor_bytes_ - kScheme.size());
  return place.substr(0, place.find('@'));
}

std::string_view Path::below_anchor() const {
  return std::string_view(text_).substr(anchor_bytes_);
}

std::vector<std::string> Path::elements() const {
  std::vector<std::string> elements;
  std::string_view rest = below_anchor().substr(1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    // What is in here was checked, or written by escaped().
    (void)names::read_element(rest.substr(0, end), elements.emplace_back());
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return elements;
}

std::string Path::name() const {
  std::string name;
  if (!is_root())
    (void)names::read_element(below_anchor().substr(text_.rfind('/') - anchor_bytes_ + 1), name);
  return name;
}

Path Path::parent() const {
  Path parent = *this;
  parent.text_.resize(std::max(text_.rfind('/'), anchor_bytes_ + 1));
  return parent;
}

void Path::append(std::string_view element) {
  if (!is_root()) text_ += '/';
  text_ += element;
}

Path Path::child(std::string_view name) const {
  Path child = *this;
  child.append(names::escaped(name));
  return child;
}

Path Path::unnamed_child(std::uint32_t slot) const {
  Path child = *this;
  child.append(names::unnamed(slot));
  return child;
}

}  // namespace troupe
