// What C++ says for the types of a contract: their names, how they are passed, written and read.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/ir.capnp.h"

namespace troupe::codegen {

/// A place in generated code, as far as names mean something else there: within an actor a message
/// may be named like a declared type.
class CppScope {
 public:
  /// Outside of all actors.
  CppScope() = default;
  explicit CppScope(ir::Actor::Reader actor);

  bool hides(std::string_view name) const;
  bool is_in(std::string_view actor) const { return actor_ == actor; }
  /// A type parameter: `Delivery`, and `Delivery_` where a message's class has that name.
  std::string parameter(std::string_view name) const;

 private:
  std::string actor_;
  std::set<std::string> classes_;
};

class CppTypes {
 public:
  explicit CppTypes(ir::File::Reader file) : file_(file) {}

  /// A declared type, qualified where `scope` hides it.
  std::string declared(std::string_view name, const CppScope& scope) const;
  /// `std::int64_t`, `Money`, `troupe::Ref<Store>`, `Account::DepositReplyTo`.
  std::string value(ir::Type::Reader type, const CppScope& scope) const;
  /// The same as the type of an argument: `const Money&`.
  std::string argument(ir::Type::Reader type, const CppScope& scope) const;
  /// As a behaviour keeps it: owns what the others only view.
  std::string owned(ir::Type::Reader type) const;

  /// The statement that writes a field's `argument` with `writer`.
  std::string write(ir::Field::Reader field, std::string_view writer,
                    const std::string& argument) const;
  /// The expression that reads a field with `reader`, or takes it out.
  std::string read(ir::Field::Reader field, const std::string& reader, const CppScope& scope) const;

  /// Words of a record with everything behind its pointers, and `base` more: terms of a sum, the
  /// first with all that is constant. `name` is what makes a C++ name of a field's.
  std::vector<std::string> words(ir::Record::Reader record, std::size_t base,
                                 std::string (*name)(std::string_view)) const;

  /// Whether it, or a struct in it, has a field for which `matches(type)` holds.
  template <class Matches>
  bool contains(ir::Record::Reader record, const Matches& matches) const {
    for (const auto field : record.getFields()) {
      const auto type = field.getType();
      if (matches(type)) return true;
      if (type.isStruct() && contains(structure(type), matches)) return true;
    }
    return false;
  }
  bool holds_refs(ir::Record::Reader record) const;
  bool holds_views(ir::Record::Reader record) const;

  ir::File::Reader file() const { return file_; }

 private:
  ir::Record::Reader structure(ir::Type::Reader type) const;
  /// Words behind the pointers that are the same for every value.
  std::size_t constant_words(ir::Record::Reader record) const;
  bool has_constant_size(ir::Record::Reader record) const;
  std::size_t reply_words() const;

  ir::File::Reader file_;
};

/// A local variable beside the arguments of `record`: `message_` where one is named `message`. No
/// contract can write such a name.
std::string local_name(std::string_view name, ir::Record::Reader record);

/// An inherited member of a class with accessors for `record`: `fields`, and
/// `troupe::Reply::fields` where an accessor hides it.
std::string inherited_name(std::string_view base, std::string_view name, ir::Record::Reader record);

/// The members that are made of a message.
std::string view_class(ir::Message::Reader message);
std::string reply_class(ir::Message::Reader message);
std::string handle_class(ir::Message::Reader message);
/// `take_answer` for a reply handle, the name itself for all else.
std::string accessor(ir::Field::Reader field);

/// Whether some message carries the right to answer `ask`.
bool is_handle_sent(ir::File::Reader file, ir::Message::Reader ask);
/// Whether a message has a handle of an actor behind `place`: its view is complete after that one.
bool needs_later_actor(ir::Message::Reader message, unsigned place);

}  // namespace troupe::codegen
