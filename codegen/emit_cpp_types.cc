#include "codegen/emit_cpp_types.h"

#include <algorithm>
#include <iterator>

#include "codegen/namer.h"

namespace troupe::codegen {
namespace {

constexpr std::string_view kTextWords = "troupe::protocols::text_words";
constexpr std::string_view kBytesWords = "troupe::protocols::bytes_words";

/// Members of every actor, and what their classes inherit or are parametrised with.
constexpr std::string_view kMembers[] = {
    "Asks",    "Delivery", "Key",   "Kind",        "Message",  "Outcome", "ReceivedMessage",
    "AskView", "Reply",    "Tells", "ReplyHandle", "TellView", "Self",    "Visitor",
};

bool is_view(ir::Type::Reader type) { return type.isText() || type.isBytes(); }

/// Of a scalar; empty for all others.
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
      break;
  }
  return "";
}

}  // namespace

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

std::string CppTypes::declared(std::string_view name, const CppScope& scope) const {
  if (!scope.hides(name)) return std::string(name);
  return "::" + cpp_namespace(file_.getPackage().cStr()) + "::" + std::string(name);
}

std::string CppTypes::value(ir::Type::Reader type, const CppScope& scope) const {
  switch (type.which()) {
    case ir::Type::TEXT:
      return "std::string_view";
    case ir::Type::BYTES:
      return "std::span<const std::byte>";
    case ir::Type::ENUM:
      return declared(file_.getEnums()[type.getEnum()].getName().cStr(), scope);
    case ir::Type::STRUCT:
      return declared(file_.getStructs()[type.getStruct()].getName().cStr(), scope);
    case ir::Type::REF:
      return "troupe::Ref<" + declared(file_.getActors()[type.getRef()].getName().cStr(), scope) +
             ">";
    case ir::Type::REPLY: {
      const auto actor = file_.getActors()[type.getReply().getActor()];
      const std::string handle = handle_class(actor.getMessages()[type.getReply().getMessage()]);
      if (scope.is_in(actor.getName().cStr())) return handle;
      return declared(actor.getName().cStr(), scope) + "::" + handle;
    }
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
  return type.isStruct() || type.isRef() ? "const " + name + "&" : name;
}

std::string CppTypes::owned(ir::Type::Reader type) const {
  if (type.isText()) return "std::string";
  if (type.isBytes()) return "std::vector<std::byte>";
  return value(type, CppScope());
}

ir::Record::Reader CppTypes::structure(ir::Type::Reader type) const {
  return file_.getStructs()[type.getStruct()].getRecord();
}

std::string CppTypes::write(ir::Field::Reader field, std::string_view writer,
                            const std::string& argument) const {
  const auto type = field.getType();
  const std::string place = std::to_string(field.getPlacement().getSlot().getOffset());
  const std::string object(writer);
  if (type.isBool()) return object + ".set_bool(" + place + ", " + argument + ");";
  if (type.isText()) return object + ".set_text(" + place + ", " + argument + ");";
  if (type.isBytes()) return object + ".set_bytes(" + place + ", " + argument + ");";
  if (type.isRef() || type.isReply()) return argument + ".write_to(" + object + ", " + place + ");";
  if (type.isEnum()) {
    return object + ".set<std::uint16_t>(" + place + ", static_cast<std::uint16_t>(" + argument +
           "));";
  }
  if (type.isStruct()) {
    const auto record = structure(type);
    return argument + ".write_to(" + object + ".structure(" + place + ", " +
           std::to_string(record.getDataWords()) + ", " + std::to_string(record.getPointerCount()) +
           "));";
  }
  return object + ".set<" + scalar(type) + ">(" + place + ", " + argument + ");";
}

std::string CppTypes::read(ir::Field::Reader field, const std::string& reader,
                           const CppScope& scope) const {
  const auto type = field.getType();
  const std::string place = "(" + std::to_string(field.getPlacement().getSlot().getOffset()) + ")";
  if (type.isBool()) return reader + ".get_bool" + place;
  if (type.isText()) return reader + ".text" + place;
  if (type.isBytes()) return reader + ".bytes" + place;
  if (type.isEnum()) {
    return "static_cast<" + value(type, scope) + ">(" + reader + ".get<std::uint16_t>" + place +
           ")";
  }
  const std::string structure = "(" + reader + ".structure" + place + ")";
  if (type.isReply()) return value(type, scope) + "::take_from" + structure;
  if (type.isStruct() || type.isRef()) return value(type, scope) + "::read_from" + structure;
  return reader + ".get<" + scalar(type) + ">" + place;
}

std::size_t CppTypes::reply_words() const {
  for (const auto type : file_.getWireTypes()) {
    if (type.getName() != "ReplyTo") continue;
    return type.getRecord().getDataWords() + type.getRecord().getPointerCount();
  }
  return 0;
}

bool CppTypes::has_constant_size(ir::Record::Reader record) const {
  return !contains(record, [](ir::Type::Reader type) { return is_view(type) || type.isRef(); });
}

std::size_t CppTypes::constant_words(ir::Record::Reader record) const {
  std::size_t words = record.getDataWords() + record.getPointerCount();
  for (const auto field : record.getFields()) {
    const auto type = field.getType();
    if (type.isReply()) words += reply_words();
    if (type.isStruct() && has_constant_size(structure(type))) {
      words += constant_words(structure(type));
    }
  }
  return words;
}

std::vector<std::string> CppTypes::words(ir::Record::Reader record, std::size_t base,
                                         std::string (*name)(std::string_view)) const {
  std::vector<std::string> terms = {std::to_string(base + constant_words(record))};
  for (const auto field : record.getFields()) {
    const auto type = field.getType();
    const std::string value = name(field.getName().cStr());
    if (type.isText()) terms.push_back(std::string(kTextWords) + "(" + value + ".size())");
    if (type.isBytes()) terms.push_back(std::string(kBytesWords) + "(" + value + ".size())");
    const bool knows_its_size =
        type.isRef() || (type.isStruct() && !has_constant_size(structure(type)));
    if (knows_its_size) terms.push_back(value + ".words()");
  }
  return terms;
}

bool CppTypes::holds_refs(ir::Record::Reader record) const {
  return contains(record, [](ir::Type::Reader type) { return type.isRef(); });
}

bool CppTypes::holds_views(ir::Record::Reader record) const { return contains(record, is_view); }

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

bool is_handle_sent(ir::File::Reader file, ir::Message::Reader ask) {
  for (const auto actor : file.getActors()) {
    for (const auto message : actor.getMessages()) {
      for (const auto field : message.getParameters().getFields()) {
        if (!field.getType().isReply()) continue;
        const auto reply = field.getType().getReply();
        const auto answered = file.getActors()[reply.getActor()].getMessages()[reply.getMessage()];
        if (answered.getParameters().getId() == ask.getParameters().getId()) return true;
      }
    }
  }
  return false;
}

bool needs_later_actor(ir::Message::Reader message, unsigned place) {
  for (const auto field : message.getParameters().getFields()) {
    const auto type = field.getType();
    if (type.isReply() && type.getReply().getActor() > place) return true;
  }
  return false;
}

}  // namespace troupe::codegen
