// Selection: a pattern over paths: wildcards within an element, and ** for all below.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actor/names/path.h"
#include "base/result.h"

namespace troupe::names {

/// One element: a name, or with `*` for any bytes (none too) and `?` for one byte. `%2A` is a byte
/// that means nothing else.
class ElementPattern {
 public:
  /// Errors: kInvalidArgument; kTooLarge, detail = bytes.
  static Result<ElementPattern> parse(std::string_view text);
  static ElementPattern literal(std::string_view name);

  bool matches(std::string_view name) const;
  /// `**`: this and any number of elements.
  bool is_deep() const { return deep_; }
  bool has_wildcard() const { return wildcard_; }
  /// Of one without a wildcard.
  const std::string& name() const { return name_; }

 private:
  static constexpr std::uint16_t kOne = 0x100;
  static constexpr std::uint16_t kAny = 0x101;

  std::vector<std::uint16_t> tokens_;  // bytes, kOne and kAny; only with a wildcard
  std::string name_;
  bool wildcard_ = false;
  bool deep_ = false;
};

/// A parsed selection. A value.
class Selection {
 public:
  /// `text` is absolute (`/user/pool/*`, on another core `@1/user/pool`, on all `@*/user/**`, with
  /// `troupe://system` before that or without), or relative to `base`: `../brother`, `./child`,
  /// `child`. `**` stands for any number of elements, none too, but for one at least where it is
  /// the last. Errors: kInvalidArgument, the context says what is wrong; kTooLarge.
  static Result<Selection> parse(std::string_view text, const Path& base);
  /// That place alone.
  static Result<Selection> of(const Path& path);

  /// None: all cores.
  std::optional<std::uint16_t> core() const { return core_; }
  const std::vector<ElementPattern>& elements() const { return elements_; }

  /// The elements that may match next, where so many as the bits say matched already.
  using State = std::bitset<kPathElementsMax + 1>;
  State start() const;
  /// What `state` becomes with one element more, called `name`.
  State step(const State& state, std::string_view name) const;
  /// Whether what led here matches; whether something below may.
  bool accepts(const State& state) const { return state.test(elements_.size()); }
  bool goes_on(const State& state) const;
  /// The name of the only element that can match next; null if there may be several.
  const std::string* only_next(const State& state) const;

 private:
  Status add_literals(const Path& path);
  Status read_anchor(std::string_view& text, const Path& base);
  Status read_elements(std::string_view text);
  void close(State& state) const;

  std::optional<std::uint16_t> core_;
  std::vector<ElementPattern> elements_;
};

}  // namespace troupe::names
