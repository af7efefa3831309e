#include "codegen/lower.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "codegen/declarations.h"
#include "codegen/ids.h"
#include "codegen/lexer.h"
#include "codegen/literals.h"
#include "codegen/namer.h"
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

class Lowering {
 public:
  Lowering(const Unit& unit, const Source& source, ir::File::Builder out)
      : source_(source), unit_(&unit), declarations_(Symbols(unit)), main_(unit), out_(out) {}

  void run();

 private:
  void lower_imports();
  void lower_struct(const Symbol& symbol, ir::Struct::Builder out);
  void lower_enum(const EnumNode& node, ir::Enum::Builder out);
  void lower_actor(const ActorNode& node, ir::Actor::Builder out);
  /// As far as references and reply handles need it.
  void lower_foreign_actor(const Symbol& symbol, ir::Actor::Builder out);
  void lower_reentrancy(const ReentrancyNode& node, ir::Actor::Builder out);
  void lower_asks(const AsksNode& node, ir::Actor::Builder out);
  void lower_mailbox(const MailboxNode& node, ir::Mailbox::Builder out);
  void lower_message(const std::string& owner, const MessageNode& node, ir::Message::Builder out);
  void lower_record(const std::string& name, const std::vector<const FieldNode*>& fields,
                    ir::Record::Builder out);
  void lower_field(const FieldNode& field, ir::Field::Builder out);
  void lower_default(const FieldNode& field, ir::Field::Builder out);
  void lower_type(const TypeNode& type, ir::Type::Builder out);
  void lower_builtin(Builtin type, ir::Type::Builder out);
  void lower_declared_type(const TypeNode& type, ir::Type::Builder out);

  /// Name, docs and line, which everything in the IR that has a name begins with.
  template <typename Node, typename Builder>
  void lower_heading(const Node& node, Builder out);

  const Symbols& symbols() const { return declarations_.symbols_of(*unit_); }

  const Source& source_;
  /// Whose declaration is being lowered.
  const Unit* unit_;
  const Declarations declarations_;
  const Unit& main_;
  ir::File::Builder out_;
};

void Lowering::run() {
  const FileNode& tree = main_.tree;
  out_.setActorcVersion(std::string(kActorcVersion));
  out_.setSourcePath(main_.path);
  out_.setPackage(main_.package);
  if (!tree.package->docs.lines.empty()) out_.setDocs(join_docs(tree.package->docs));
  out_.setId(stable_id(main_.package, file_name(main_.path)));
  lower_imports();

  auto enums = out_.initEnums(declarations_.enums().size());
  for (unsigned index = 0; index < enums.size(); ++index) {
    const Symbol& symbol = declarations_.enums()[index];
    unit_ = symbol.unit;
    lower_enum(symbol.enumeration(), enums[index]);
    enums[index].setOrigin(declarations_.origin_of(symbol));
  }
  auto structs = out_.initStructs(declarations_.structs().size());
  for (unsigned place = 0; place < structs.size(); ++place) {
    lower_struct(declarations_.structs()[place], structs[place]);
  }
  auto actors = out_.initActors(declarations_.actors().size());
  for (unsigned index = 0; index < actors.size(); ++index) {
    const Symbol& symbol = declarations_.actors()[index];
    unit_ = symbol.unit;
    if (symbol.unit == &main_) {
      lower_actor(symbol.actor(), actors[index]);
    } else {
      lower_foreign_actor(symbol, actors[index]);
    }
  }
}

void Lowering::lower_imports() {
  const std::vector<const Unit*>& units = declarations_.imports();
  // No list at all without imports: most files have none.
  if (units.empty()) return;
  auto imports = out_.initImports(units.size());
  for (unsigned index = 0; index < imports.size(); ++index) {
    imports[index].setPath(units[index]->path);
    imports[index].setPackage(units[index]->package);
    imports[index].setIsDirect(index < declarations_.direct_imports());
  }
}

template <typename Node, typename Builder>
void Lowering::lower_heading(const Node& node, Builder out) {
  const Source& source = unit_ == &main_ ? source_ : *unit_->source;
  out.setName(std::string(node.name.text));
  if (!node.docs.lines.empty()) out.setDocs(join_docs(node.docs));
  out.setLine(source.lines().line_of(node.name.span.begin));
}

void Lowering::lower_struct(const Symbol& symbol, ir::Struct::Builder out) {
  unit_ = symbol.unit;
  const StructNode& node = symbol.structure();
  lower_heading(node, out);
  lower_record(std::string(node.name.text), by_ordinal(node.fields), out.initRecord());
  out.setOrigin(declarations_.origin_of(symbol));
}

void Lowering::lower_enum(const EnumNode& node, ir::Enum::Builder out) {
  lower_heading(node, out);
  out.setId(stable_id(unit_->package, node.name.text));
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
  out.setId(stable_id(main_.package, name));
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
  if (!node.reentrancies.empty()) lower_reentrancy(node.reentrancies.front(), out);
  if (!node.asks.empty()) lower_asks(node.asks.front(), out);
  const auto ordered = by_ordinal(node.messages);
  auto messages = out.initMessages(ordered.size());
  for (unsigned index = 0; index < messages.size(); ++index) {
    lower_message(name, *ordered[index], messages[index]);
  }
}

void Lowering::lower_foreign_actor(const Symbol& symbol, ir::Actor::Builder out) {
  const ActorNode& node = symbol.actor();
  lower_heading(node, out);
  out.setId(stable_id(unit_->package, node.name.text));
  out.setOrigin(declarations_.origin_of(symbol));
  const auto ordered = by_ordinal(node.messages);
  auto messages = out.initMessages(ordered.size());
  for (unsigned index = 0; index < messages.size(); ++index) {
    lower_heading(*ordered[index], messages[index]);
    messages[index].setOrdinal(static_cast<std::uint16_t>(ordered[index]->ordinal->value));
    if (ordered[index]->is_ask) messages[index].initAsk();
  }
}

void Lowering::lower_reentrancy(const ReentrancyNode& node, ir::Actor::Builder out) {
  if (node.word.text == "call_chain") out.setReentrancy(ir::Actor::Reentrancy::CALL_CHAIN);
  if (node.word.text == "interleave") out.setReentrancy(ir::Actor::Reentrancy::INTERLEAVE);
}

void Lowering::lower_asks(const AsksNode& node, ir::Actor::Builder out) {
  auto asks = out.initAsks(node.actors.size());
  for (unsigned index = 0; index < asks.size(); ++index) {
    const AskedNode& entry = node.actors[index];
    asks[index].setActor(declarations_.place_of(*symbols().find(entry.actor)));
    asks[index].setAcyclic(entry.is_acyclic);
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
  if (!node.suffixes.empty()) {
    out.setInterleaving(node.suffixes.front().text == "readonly"
                            ? ir::Message::Interleaving::READONLY
                            : ir::Message::Interleaving::ALWAYS);
  }
  if (!node.is_ask) {
    out.setTell();
    return;
  }
  auto ask = out.initAsk();
  lower_record(owner + "." + reply_type(node.name.text), by_position(node.results->fields),
               ask.initResults());
  if (node.denies) {
    ask.getDenies().setEnum(declarations_.place_of(*symbols().find(*node.denies)));
  }
}

void Lowering::lower_record(const std::string& name, const std::vector<const FieldNode*>& fields,
                            ir::Record::Builder out) {
  out.setId(stable_id(unit_->package, name));
  auto list = out.initFields(fields.size());
  std::uint16_t ordinal = 0;
  for (unsigned index = 0; index < list.size(); ++index) {
    lower_field(*fields[index], list[index]);
    list[index].setOrdinal(ordinal);
    ordinal = static_cast<std::uint16_t>(ordinal + (list[index].getType().isOption() ? 2 : 1));
    if (list[index].getType().isReply()) out.setHoldsReplies(true);
  }
}

void Lowering::lower_field(const FieldNode& field, ir::Field::Builder out) {
  lower_heading(field, out);
  lower_type(field.type, out.initType());
  if (field.default_value) lower_default(field, out);
}

void Lowering::lower_default(const FieldNode& field, ir::Field::Builder out) {
  const LiteralNode& literal = *field.default_value;
  auto value = out.getDefault();
  const auto builtin = find_builtin(field.type.word());
  if (!builtin) {
    const auto enumerators = by_ordinal(symbols().find(field.type.path)->enumeration().enumerators);
    const auto place = std::ranges::find(
        enumerators, literal.text, [](const EnumeratorNode* node) { return node->name.text; });
    return value.setEnumerator(static_cast<std::uint32_t>(place - enumerators.begin()));
  }
  if (const auto range = integer_range(*builtin)) {
    const std::uint64_t bits = *whole_value(literal, *range);
    return range->is_signed ? value.setSigned(static_cast<std::int64_t>(bits))
                            : value.setUnsigned(bits);
  }
  if (*builtin == Builtin::kBool) return value.setBool(literal.text == "true");
  if (*builtin == Builtin::kText) return value.setText(content_of(literal.text));
  value.setFloating(*floating_value(literal, *builtin == Builtin::kF32));
}

void Lowering::lower_type(const TypeNode& type, ir::Type::Builder out) {
  const std::string_view word = type.word();
  if (word == "list") return lower_type(type.argument.front(), out.initList());
  if (word == "option") return lower_type(type.argument.front(), out.initOption());
  const auto builtin = find_builtin(word);
  return builtin ? lower_builtin(*builtin, out) : lower_declared_type(type, out);
}

void Lowering::lower_builtin(Builtin type, ir::Type::Builder out) {
  switch (type) {
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
  const bool is_reply = type.word() == "reply";
  std::span<const Name> path(type.has_argument() ? type.argument.front().path.parts
                                                 : type.path.parts);
  if (is_reply) path = path.first(path.size() - 1);
  const Symbol* symbol = symbols().find(path);
  const std::uint32_t place = declarations_.place_of(*symbol);
  if (symbol->kind == SymbolKind::kEnum) return out.setEnum(place);
  if (symbol->kind == SymbolKind::kStruct) return out.setStruct(place);
  if (!is_reply) return out.setRef(place);
  const std::string_view name = type.argument.front().path.parts.back().text;
  const auto messages = by_ordinal(symbol->actor().messages);
  const auto found =
      std::ranges::find(messages, name, [](const MessageNode* node) { return node->name.text; });
  auto reply = out.initReply();
  reply.setActor(place);
  reply.setMessage(static_cast<std::uint32_t>(found - messages.begin()));
}

}  // namespace

void lower(const Unit& unit, const Source& source, ir::File::Builder out) {
  Lowering(unit, source, out).run();
}

}  // namespace troupe::codegen
