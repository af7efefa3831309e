#include "codegen/lower.h"

#include <algorithm>
#include <string>
#include <vector>

#include "codegen/ids.h"
#include "codegen/namer.h"
#include "codegen/struct_order.h"
#include "codegen/symbols.h"
#include "codegen/types.h"
#include "codegen/version.h"

namespace troupe::codegen {
namespace {

std::string join_docs(const Docs& docs) {
  std::string text;
  for (std::size_t index = 0; index < docs.lines.size(); ++index) {
    if (index > 0) text.push_back('\n');
    text.append(docs.lines[index]);
  }
  return text;
}

/// `nodes` by ascending ordinal.
template <typename Node>
std::vector<const Node*> by_ordinal(const std::vector<Node>& nodes) {
  std::vector<const Node*> ordered;
  for (const Node& node : nodes) ordered.push_back(&node);
  std::ranges::sort(ordered, {}, [](const Node* node) { return node->ordinal->value; });
  return ordered;
}

/// In the order of the text, which is the order of their ordinals for parameters.
std::vector<const FieldNode*> by_position(const std::vector<FieldNode>& fields) {
  std::vector<const FieldNode*> ordered;
  for (const FieldNode& field : fields) ordered.push_back(&field);
  return ordered;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

class Lowering {
 public:
  Lowering(const FileNode& file, const Source& source, ir::File::Builder out);

  void run();

 private:
  void lower_enum(const EnumNode& node, ir::Enum::Builder out);
  void lower_actor(const ActorNode& node, ir::Actor::Builder out);
  void lower_mailbox(const MailboxNode& node, ir::Mailbox::Builder out);
  void lower_message(const std::string& owner, const MessageNode& node, ir::Message::Builder out);
  void lower_record(const std::string& name, const std::vector<const FieldNode*>& fields,
                    ir::Record::Builder out);
  void lower_field(const FieldNode& field, ir::Field::Builder out);
  void lower_type(const TypeNode& type, ir::Type::Builder out);
  void lower_declared_type(const TypeNode& type, ir::Type::Builder out);

  /// Name, docs and line, which everything in the IR that has a name begins with.
  template <typename Node, typename Builder>
  void lower_heading(const Node& node, Builder out);

  const FileNode& file_;
  const Source& source_;
  const Symbols symbols_;
  ir::File::Builder out_;
  std::string package_;
  std::vector<std::size_t> struct_order_;
  /// Where each struct of the tree stands in the IR.
  std::vector<std::uint32_t> struct_places_;
};

Lowering::Lowering(const FileNode& file, const Source& source, ir::File::Builder out)
    : file_(file), source_(source), symbols_(file), out_(out) {
  for (const Name& part : file.package->parts) {
    if (!package_.empty()) package_.push_back('.');
    package_.append(part.text);
  }
  struct_order_ = order_structs(file, symbols_).order;
  struct_places_.resize(struct_order_.size());
  for (std::size_t place = 0; place < struct_order_.size(); ++place) {
    struct_places_[struct_order_[place]] = static_cast<std::uint32_t>(place);
  }
}

void Lowering::run() {
  out_.setActorcVersion(std::string(kActorcVersion));
  out_.setSourcePath(source_.path());
  out_.setPackage(package_);
  if (!file_.package->docs.lines.empty()) out_.setDocs(join_docs(file_.package->docs));
  out_.setId(stable_id(package_, file_name(source_.path())));

  auto enums = out_.initEnums(file_.enums.size());
  for (unsigned index = 0; index < enums.size(); ++index) {
    lower_enum(file_.enums[index], enums[index]);
  }
  auto structs = out_.initStructs(struct_order_.size());
  for (unsigned place = 0; place < structs.size(); ++place) {
    const StructNode& node = file_.structs[struct_order_[place]];
    lower_heading(node, structs[place]);
    lower_record(std::string(node.name.text), by_ordinal(node.fields), structs[place].initRecord());
  }
  auto actors = out_.initActors(file_.actors.size());
  for (unsigned index = 0; index < actors.size(); ++index) {
    lower_actor(file_.actors[index], actors[index]);
  }
}

template <typename Node, typename Builder>
void Lowering::lower_heading(const Node& node, Builder out) {
  out.setName(std::string(node.name.text));
  if (!node.docs.lines.empty()) out.setDocs(join_docs(node.docs));
  out.setLine(source_.lines().line_of(node.name.span.begin));
}

void Lowering::lower_enum(const EnumNode& node, ir::Enum::Builder out) {
  lower_heading(node, out);
  out.setId(stable_id(package_, node.name.text));
  const auto ordered = by_ordinal(node.enumerators);
  auto enumerators = out.initEnumerators(ordered.size());
  for (unsigned index = 0; index < enumerators.size(); ++index) {
    lower_heading(*ordered[index], enumerators[index]);
    enumerators[index].setOrdinal(static_cast<std::uint16_t>(ordered[index]->ordinal->value));
  }
}

void Lowering::lower_actor(const ActorNode& node, ir::Actor::Builder out) {
  const std::string name(node.name.text);
  lower_heading(node, out);
  out.setId(stable_id(package_, name));
  if (node.key) {
    lower_record(name + "." + std::string(kKeyType), by_position(node.key->fields),
                 out.getKey().initRecord());
  }
  if (node.start) {
    auto parameters = out.initStartParameters(node.start->fields.size());
    for (unsigned index = 0; index < parameters.size(); ++index) {
      lower_field(node.start->fields[index], parameters[index]);
    }
  }
  out.setWatches(!node.watches.empty());
  if (!node.mailboxes.empty()) lower_mailbox(node.mailboxes.front(), out.initMailbox());
  const auto ordered = by_ordinal(node.messages);
  auto messages = out.initMessages(ordered.size());
  for (unsigned index = 0; index < messages.size(); ++index) {
    lower_message(name, *ordered[index], messages[index]);
  }
}

void Lowering::lower_mailbox(const MailboxNode& node, ir::Mailbox::Builder out) {
  for (const MailboxSetting& setting : node.settings) {
    if (setting.name.text == "capacity") {
      out.setMessagesMax(static_cast<std::uint32_t>(setting.number->value));
    } else if (setting.name.text == "bytes") {
      out.setBytesMax(setting.number->value);
    } else {
      out.setOverflow(setting.word->text == "reject" ? ir::Mailbox::Overflow::REJECT
                                                     : ir::Mailbox::Overflow::DROP_OLDEST);
    }
  }
}

void Lowering::lower_message(const std::string& owner, const MessageNode& node,
                             ir::Message::Builder out) {
  lower_heading(node, out);
  out.setOrdinal(static_cast<std::uint16_t>(node.ordinal->value));
  lower_record(owner + "." + message_type(node.name.text), by_position(node.parameters.fields),
               out.initParameters());
  if (!node.is_ask) {
    out.setTell();
    return;
  }
  auto ask = out.initAsk();
  lower_record(owner + "." + reply_type(node.name.text), by_position(node.results->fields),
               ask.initResults());
  if (node.denies) {
    const Symbol* symbol = symbols_.find(node.denies->text);
    ask.getDenies().setEnum(static_cast<std::uint32_t>(symbol->index));
  }
}

void Lowering::lower_record(const std::string& name, const std::vector<const FieldNode*>& fields,
                            ir::Record::Builder out) {
  out.setId(stable_id(package_, name));
  auto list = out.initFields(fields.size());
  for (unsigned index = 0; index < list.size(); ++index) {
    lower_field(*fields[index], list[index]);
    if (list[index].getType().isReply()) out.setHoldsReplies(true);
  }
}

void Lowering::lower_field(const FieldNode& field, ir::Field::Builder out) {
  lower_heading(field, out);
  lower_type(field.type, out.initType());
}

void Lowering::lower_type(const TypeNode& type, ir::Type::Builder out) {
  const auto builtin = find_builtin(type.name.text);
  if (!builtin) return lower_declared_type(type, out);
  switch (*builtin) {
    case Builtin::kBool:
      return out.setBool();
    case Builtin::kI8:
      return out.setI8();
    case Builtin::kI16:
      return out.setI16();
    case Builtin::kI32:
      return out.setI32();
    case Builtin::kI64:
      return out.setI64();
    case Builtin::kU8:
      return out.setU8();
    case Builtin::kU16:
      return out.setU16();
    case Builtin::kU32:
      return out.setU32();
    case Builtin::kU64:
      return out.setU64();
    case Builtin::kF32:
      return out.setF32();
    case Builtin::kF64:
      return out.setF64();
    case Builtin::kText:
      return out.setText();
    case Builtin::kBytes:
      return out.setBytes();
  }
}

void Lowering::lower_declared_type(const TypeNode& type, ir::Type::Builder out) {
  const Name& name = type.has_argument ? type.argument.front() : type.name;
  const Symbol* symbol = symbols_.find(name.text);
  const auto index = static_cast<std::uint32_t>(symbol->index);
  if (type.name.text == "ref") return out.setRef(index);
  if (type.name.text != "reply") {
    if (symbol->kind == SymbolKind::kEnum) return out.setEnum(index);
    return out.setStruct(struct_places_[index]);
  }
  const auto messages = by_ordinal(file_.actors[symbol->index].messages);
  const auto place = std::ranges::find(messages, type.argument[1].text,
                                       [](const MessageNode* node) { return node->name.text; });
  auto reply = out.initReply();
  reply.setActor(index);
  reply.setMessage(static_cast<std::uint32_t>(place - messages.begin()));
}

}  // namespace

void lower(const FileNode& file, const Source& source, ir::File::Builder out) {
  Lowering(file, source, out).run();
}

}  // namespace troupe::codegen
