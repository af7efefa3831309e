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
  explicit CppTypes(ir::File::Reader file);

  /// An enum, a struct or an actor: qualified where `scope` hides it, and if it is of another
  /// package.
  template <class Node>
  std::string declared(Node node, const CppScope& scope) const {
    return declared(node.getName().cStr(), node.getOrigin(), scope);
  }
  /// `std::int64_t`, `Money`, `troupe::Ref<Store>`, `Account::DepositReplyTo`,
  /// `troupe::List<bool>`, `std::optional<Money>`.
  std::string value(ir::Type::Reader type, const CppScope& scope) const;
  /// The same as the type of an argument: `const Money&`.
  std::string argument(ir::Type::Reader type, const CppScope& scope) const;
  /// As a behaviour keeps it: owns what the others only view.
  std::string owned(ir::Type::Reader type) const;

  /// Words of a record with everything behind its pointers, and `base` more: terms of a sum, the
  /// first with all that is constant. `name` is what makes a C++ name of a field's.
  std::vector<std::string> words(ir::Record::Reader record, std::size_t base,
                                 std::string (*name)(std::string_view)) const;

  // Of the record and everything in it, through structs, lists and options.
  bool holds_refs(ir::Record::Reader record) const;
  bool holds_views(ir::Record::Reader record) const;
  bool holds_lists(ir::Record::Reader record) const;
  /// Whether some field of the file's own is an option.
  bool has_options() const;

  /// The record of a declared struct.
  ir::Record::Reader structure(ir::Type::Reader type) const;
  ir::File::Reader file() const { return file_; }

 private:
  std::string declared(std::string_view name, unsigned origin, const CppScope& scope) const;
  /// The words behind the pointer of a field whose value is the expression `value`, with `access`
  /// for its members; empty where they are constant.
  std::string words_of(ir::Field::Reader field, ir::Type::Reader type, const std::string& value,
                       const std::string& access) const;
  /// What is known of a record with everything in it.
  struct Facts {
    bool refs = false;
    bool views = false;
    bool lists = false;
    /// Its words depend on its value.
    bool is_variable = false;
    /// The words that are the same for every value.
    std::size_t words = 0;
  };
  Facts facts_of(ir::Record::Reader record) const;
  void add_facts(ir::Type::Reader type, Facts& facts) const;
  std::size_t constant_words(ir::Record::Reader record) const { return facts_of(record).words; }
  bool has_constant_size(ir::Record::Reader record) const { return !facts_of(record).is_variable; }
  std::size_t reply_words() const;

  ir::File::Reader file_;
  /// By place of the struct: found out once, as structs may be in each other many times over.
  std::vector<Facts> structs_;
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

/// Whether a message has a handle of an actor behind `place`: its view is complete after that one.
bool needs_later_actor(ir::File::Reader file, ir::Message::Reader message, unsigned place);

/// Whether any message of the actor says what it may be handled beside.
bool says_interleaving(ir::Actor::Reader actor);
/// Whether the actor may handle a message while another one is not finished.
bool is_reentrant(ir::Actor::Reader actor);

/// Of a list of declarations, those of the file itself.
template <class List>
auto own(List list) {
  std::vector<decltype(list[0])> nodes;
  for (const auto node : list) {
    if (node.getOrigin() == 0) nodes.push_back(node);
  }
  return nodes;
}

/// `std::int64_t`; empty for what is no scalar.
std::string scalar(ir::Type::Reader type);

}  // namespace troupe::codegen
