#include "codegen/emit_cpp_types.h"

#include <algorithm>
#include <iterator>

#include "codegen/emit_cpp_fields.h"
#include "codegen/namer.h"

namespace troupe::codegen {
namespace {

/// Members of every actor, and what their classes inherit or are parametrised with.
constexpr std::string_view kMembers[] = {
    "Asks",    "Delivery", "Key",   "Kind",        "Message",  "Outcome", "ReceivedMessage",
    "AskView", "Reply",    "Tells", "ReplyHandle", "TellView", "Self",    "Visitor",
};

}  // namespace

std::string scalar(ir::Type::Reader type) {
  switch (type.which()) {
    case ir::Type::BOOL:
      return "bool";
    case ir::Type::I8:
      return "std::int8_t";
    case ir::Type::I16:
      return "std::int16_t";
    case ir::Type::I32:
      return "std::int32_t";
    case ir::Type::I64:
      return "std::int64_t";
    case ir::Type::U8:
      return "std::uint8_t";
    case ir::Type::U16:
      return "std::uint16_t";
    case ir::Type::U32:
      return "std::uint32_t";
    case ir::Type::U64:
      return "std::uint64_t";
    case ir::Type::F32:
      return "float";
    case ir::Type::F64:
      return "double";
    case ir::Type::TEXT:
    case ir::Type::BYTES:
    case ir::Type::ENUM:
    case ir::Type::STRUCT:
    case ir::Type::REF:
    case ir::Type::REPLY:
    case ir::Type::LIST:
    case ir::Type::OPTION:
      break;
  }
  return "";
}

CppScope::CppScope(ir::Actor::Reader actor) : actor_(actor.getName().cStr()) {
  for (const auto message : actor.getMessages()) {
    classes_.insert(view_class(message));
    if (!message.isAsk()) continue;
    classes_.insert(reply_class(message));
    classes_.insert(handle_class(message));
  }
}

bool CppScope::hides(std::string_view name) const {
  if (actor_.empty()) return false;
  const bool is_member = std::ranges::find(kMembers, name) != std::end(kMembers);
  return is_member || classes_.contains(std::string(name));
}

std::string CppScope::parameter(std::string_view name) const {
  return std::string(name) + (classes_.contains(std::string(name)) ? "_" : "");
}

std::string CppTypes::declared(std::string_view name, unsigned origin,
                               const CppScope& scope) const {
  const auto package =
      origin == 0 ? file_.getPackage() : file_.getImports()[origin - 1].getPackage();
  if (package == file_.getPackage() && !scope.hides(name)) return std::string(name);
  return "::" + cpp_namespace(package.cStr()) + "::" + std::string(name);
}

std::string CppTypes::value(ir::Type::Reader type, const CppScope& scope) const {
  switch (type.which()) {
    case ir::Type::TEXT:
      return "std::string_view";
    case ir::Type::BYTES:
      return "std::span<const std::byte>";
    case ir::Type::ENUM:
      return declared(file_.getEnums()[type.getEnum()], scope);
    case ir::Type::STRUCT:
      return declared(file_.getStructs()[type.getStruct()], scope);
    case ir::Type::REF:
      return "troupe::Ref<" + declared(file_.getActors()[type.getRef()], scope) + ">";
    case ir::Type::REPLY: {
      const auto actor = file_.getActors()[type.getReply().getActor()];
      const std::string handle = handle_class(actor.getMessages()[type.getReply().getMessage()]);
      if (actor.getOrigin() == 0 && scope.is_in(actor.getName().cStr())) return handle;
      return declared(actor, scope) + "::" + handle;
    }
    case ir::Type::LIST:
      return "troupe::List<" + value(type.getList(), scope) + ">";
    case ir::Type::OPTION:
      return "std::optional<" + value(type.getOption(), scope) + ">";
    case ir::Type::BOOL:
    case ir::Type::I8:
    case ir::Type::I16:
    case ir::Type::I32:
    case ir::Type::I64:
    case ir::Type::U8:
    case ir::Type::U16:
    case ir::Type::U32:
    case ir::Type::U64:
    case ir::Type::F32:
    case ir::Type::F64:
      break;
  }
  return scalar(type);
}

std::string CppTypes::argument(ir::Type::Reader type, const CppScope& scope) const {
  const std::string name = value(type, scope);
  const auto held = type.isOption() ? type.getOption() : type;
  return held.isStruct() || held.isRef() ? "const " + name + "&" : name;
}

std::string CppTypes::owned(ir::Type::Reader type) const {
  if (type.isText()) return "std::string";
  if (type.isBytes()) return "std::vector<std::byte>";
  if (type.isList()) return "std::vector<" + owned(type.getList()) + ">";
  if (type.isOption()) return "std::optional<" + owned(type.getOption()) + ">";
  return value(type, CppScope());
}

ir::Record::Reader CppTypes::structure(ir::Type::Reader type) const {
  return file_.getStructs()[type.getStruct()].getRecord();
}

std::size_t CppTypes::reply_words() const {
  for (const auto type : file_.getWireTypes()) {
    if (type.getName() != "ReplyTo") continue;
    return type.getRecord().getDataWords() + type.getRecord().getPointerCount();
  }
  return 0;
}

CppTypes::CppTypes(ir::File::Reader file) : file_(file) {
  const auto structs = file.getStructs();
  structs_.resize(structs.size());
  // Within a file a struct comes after those in it; other files are behind the file itself.
  for (const bool is_own : {false, true}) {
    for (unsigned place = 0; place < structs.size(); ++place) {
      if ((structs[place].getOrigin() == 0) != is_own) continue;
      structs_[place] = facts_of(structs[place].getRecord());
    }
  }
}

CppTypes::Facts CppTypes::facts_of(ir::Record::Reader record) const {
  Facts facts;
  facts.words = record.getDataWords() + record.getPointerCount();
  for (const auto field : record.getFields()) add_facts(field.getType(), facts);
  return facts;
}

void CppTypes::add_facts(ir::Type::Reader type, Facts& facts) const {
  if (type.isReply()) facts.words += reply_words();
  facts.refs = facts.refs || type.isRef();
  facts.lists = facts.lists || type.isList();
  facts.views = facts.views || type.isText() || type.isBytes() || type.isList();
  facts.is_variable = facts.is_variable || facts.refs || facts.views || type.isOption();
  if (type.isStruct()) {
    const Facts& inner = structs_[type.getStruct()];
    facts.refs = facts.refs || inner.refs;
    facts.lists = facts.lists || inner.lists;
    facts.views = facts.views || inner.views;
    facts.is_variable = facts.is_variable || inner.is_variable;
    if (!inner.is_variable) facts.words += inner.words;
  } else if (type.isList() || type.isOption()) {
    const std::size_t words = facts.words;
    add_facts(type.isList() ? type.getList() : type.getOption(), facts);
    facts.words = words;  // none of them are always there
  }
}

std::vector<std::string> CppTypes::words(ir::Record::Reader record, std::size_t base,
                                         std::string (*name)(std::string_view)) const {
  std::vector<std::string> terms = {std::to_string(base + constant_words(record))};
  for (const auto field : record.getFields()) {
    const auto type = field.getType();
    std::string value = name(field.getName().cStr());
    std::string term;
    if (!type.isOption()) {
      term = words_of(field, type, value, ".");
    } else {
      const auto held = type.getOption();
      term = words_of(field, held, value, "->");
      if (held.isStruct() && has_constant_size(structure(held))) {
        term = std::to_string(constant_words(structure(held)));
      }
      if (!term.empty()) term = "(" + value + " ? " + term + " : 0)";
    }
    if (!term.empty()) terms.push_back(std::move(term));
  }
  return terms;
}

std::string CppTypes::words_of(ir::Field::Reader field, ir::Type::Reader type,
                               const std::string& value, const std::string& access) const {
  const std::string size = "(" + value + access + "size())";
  const bool is_always = type.isText() && has_wire_default(field, file_);
  if (is_always) return "troupe::protocols::text_words_always" + size;
  if (type.isText()) return "troupe::protocols::text_words" + size;
  if (type.isBytes()) return "troupe::protocols::bytes_words" + size;
  const bool knows_its_size =
      type.isRef() || type.isList() || (type.isStruct() && !has_constant_size(structure(type)));
  return knows_its_size ? value + access + "words()" : "";
}

bool CppTypes::holds_refs(ir::Record::Reader record) const { return facts_of(record).refs; }

bool CppTypes::holds_views(ir::Record::Reader record) const { return facts_of(record).views; }

bool CppTypes::holds_lists(ir::Record::Reader record) const { return facts_of(record).lists; }

bool CppTypes::has_options() const {
  const auto look = [](ir::Record::Reader record) {
    for (const auto field : record.getFields()) {
      if (field.getType().isOption()) return true;
    }
    return false;
  };
  for (const auto node : own(file_.getStructs())) {
    if (look(node.getRecord())) return true;
  }
  for (const auto actor : own(file_.getActors())) {
    for (const auto message : actor.getMessages()) {
      if (look(message.getParameters())) return true;
      if (message.isAsk() && look(message.getAsk().getResults())) return true;
    }
  }
  return false;
}

std::string local_name(std::string_view name, ir::Record::Reader record) {
  for (const auto field : record.getFields()) {
    if (cpp_name(field.getName().cStr()) == name) return std::string(name) + "_";
  }
  return std::string(name);
}

std::string inherited_name(std::string_view base, std::string_view name,
                           ir::Record::Reader record) {
  for (const auto field : record.getFields()) {
    if (accessor(field) == name) return std::string(base) + "::" + std::string(name);
  }
  return std::string(name);
}

std::string view_class(ir::Message::Reader message) {
  return message_type(message.getName().cStr());
}
std::string reply_class(ir::Message::Reader message) {
  return reply_type(message.getName().cStr());
}
std::string handle_class(ir::Message::Reader message) {
  return reply_handle_type(message.getName().cStr());
}

std::string accessor(ir::Field::Reader field) {
  const std::string name = field.getName().cStr();
  return field.getType().isReply() ? handle_accessor(name) : cpp_name(name);
}

bool says_interleaving(ir::Actor::Reader actor) {
  for (const auto message : actor.getMessages()) {
    if (message.getInterleaving() != ir::Message::Interleaving::NONE) return true;
  }
  return false;
}

bool is_reentrant(ir::Actor::Reader actor) {
  return actor.getReentrancy() != ir::Actor::Reentrancy::NONE || says_interleaving(actor);
}

bool needs_later_actor(ir::File::Reader file, ir::Message::Reader message, unsigned place) {
  for (const auto field : message.getParameters().getFields()) {
    const auto type = field.getType();
    if (!type.isReply() || type.getReply().getActor() <= place) continue;
    // What is imported is complete from the beginning.
    if (file.getActors()[type.getReply().getActor()].getOrigin() == 0) return true;
  }
  return false;
}

}  // namespace troupe::codegen
