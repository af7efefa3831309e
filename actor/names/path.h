// Path: the name of a place in the tree of actors of one core, whoever lives there.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace troupe {

/// Of a path's text, in bytes, and of its elements: longer ones are not parsed. The path of an
/// actor that lives deeper is printed all the same.
inline constexpr std::size_t kPathBytesMax = 16 << 10;
inline constexpr std::size_t kPathElementsMax = 128;
/// Of a system's name, in bytes.
inline constexpr std::size_t kSystemNameBytesMax = 64;

/// `troupe://system@core/user/pool/worker-1`. A value: it has no life, needs no actor and never
/// becomes invalid. It says nothing of incarnations: one who lived there and one who lives there
/// now have the same path. Below the root of a core are the scopes `user`, `system`, `keyed` (with
/// the type, then the key), `temp` (open asks) and `deadLetters`.
///
/// There is one text for each path, so equal paths are equal texts. Bytes that no name may have, in
/// a key say, and `*` are written as `%2A`; `$7` is the actor without a name in slot 7, and `$` is
/// the empty key. So the text of a path is also a selection, of that place alone.
class Path {
 public:
  /// The root of a core's tree. `system` must be is_system_name().
  Path(std::string_view system, std::uint16_t core);

  /// Errors: kInvalidArgument, the context says what is wrong; kTooLarge, detail = bytes or
  /// elements.
  static Result<Path> parse(std::string_view text);

  const std::string& text() const { return text_; }
  std::string_view system() const;
  /// From the scope on: "/user/pool/worker-1".
  std::string_view below_anchor() const;
  std::uint16_t core() const { return core_; }
  bool is_root() const { return text_.size() == anchor_bytes_ + 1; }

  /// The elements after the anchor, as names and keys: no longer escaped.
  std::vector<std::string> elements() const;
  /// The last of them; empty at the root.
  std::string name() const;
  /// The root's parent is the root.
  Path parent() const;
  /// What is called `name`, or has this key, below here.
  Path child(std::string_view name) const;
  /// Who has no name, in that slot, below here.
  Path unnamed_child(std::uint32_t slot) const;

  friend bool operator==(const Path& a, const Path& b) { return a.text_ == b.text_; }
  friend auto operator<=>(const Path& a, const Path& b) { return a.text_ <=> b.text_; }

 private:
  Path() = default;
  void append(std::string_view element);

  std::string text_;
  std::size_t anchor_bytes_ = 0;  // without the slash that follows
  std::uint16_t core_ = 0;
};

/// Letters, digits and -_. : 1 to kSystemNameBytesMax bytes.
bool is_system_name(std::string_view name);
/// What spawn and the registry take: 1 to kNameBytesMax letters, digits and -_.*$+:@&=,!~', not
/// starting with $, neither `.` nor `..`.
bool is_actor_name(std::string_view name);

namespace names {

/// How an actor without a name is shown: "$7".
std::string unnamed(std::uint32_t slot);
/// The slot in such a name; false if it is none.
bool read_unnamed(std::string_view name, std::uint32_t& slot);
/// A name or key as an element of a path, and back. read_element() is false for what no path has.
std::string escaped(std::string_view name);
bool read_element(std::string_view element, std::string& name);
/// Whether a byte stands for itself in a path.
bool is_plain(char character);
/// The value of a hexadecimal digit; -1 if it is none.
int hex_value(char digit);

}  // namespace names

}  // namespace troupe

template <>
struct std::hash<troupe::Path> {
  std::size_t operator()(const troupe::Path& path) const noexcept {
    return std::hash<std::string>()(path.text());
  }
};
