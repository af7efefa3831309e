#include "codegen/layout.h"

#include "base/capnp_compat.h"
// The compat header comes before Cap'n Proto's own.
#include <capnp/schema-parser.h>
#include <kj/exception.h>
#include <kj/filesystem.h>

#include <bit>
#include <cstdint>
#include <string_view>

#include "codegen/namer.h"
#include "codegen/wire_schema.h"

namespace troupe::codegen {
namespace {

constexpr const char* kWireSchemaPath = "protocols/troupe.capnp";

/// Files that the schema parser sees: the emitted schema, and a directory that has the wire schema.
class SchemaFiles {
 public:
  SchemaFiles(const std::string& schema, const std::vector<ImportedSchema>& imported,
              const std::vector<std::string>& import_roots)
      : memory_(kj::newInMemoryDirectory(kj::nullClock())) {
    write(kContractPath, schema);
    for (const ImportedSchema& file : imported) write(file.path.c_str(), file.text);
    open_imports(import_roots);
    const kj::ReadableDirectory& wire = imports();
    search_path_[0] = memory_.get();
    search_path_[1] = &wire;
  }

  capnp::ParsedSchema parse_contract(const capnp::SchemaParser& parser) const {
    return parse(parser, *memory_, kContractPath);
  }

  /// `path` as in ImportedSchema.
  capnp::ParsedSchema parse_imported(const capnp::SchemaParser& parser,
                                     const std::string& path) const {
    return parse(parser, *memory_, path.c_str());
  }

  capnp::ParsedSchema parse_wire_types(const capnp::SchemaParser& parser) const {
    return parse(parser, *search_path_[1], kWireSchemaPath);
  }

 private:
  // No import can name it: theirs end with ".actor.capnp".
  static constexpr const char* kContractPath = "contract.capnp";

  capnp::ParsedSchema parse(const capnp::SchemaParser& parser,
                            const kj::ReadableDirectory& directory, const char* path) const {
    return parser.parseFromDirectory(directory, kj::Path::parse(path),
                                     kj::arrayPtr(search_path_, 2));
  }

  void write(const char* path, std::string_view text) {
    const auto mode = kj::WriteMode::CREATE | kj::WriteMode::CREATE_PARENT;
    memory_->openFile(kj::Path::parse(path), mode)
        ->writeAll(kj::StringPtr(std::string(text).c_str(), text.size()));
  }

  void open_imports(const std::vector<std::string>& import_roots) {
    if (import_roots.empty()) return;
    disk_ = kj::newDiskFilesystem();
    for (const std::string& root : import_roots) {
      auto path = disk_->getCurrentPath().evalNative(root);
      KJ_IF_MAYBE (directory, disk_->getRoot().tryOpenSubdir(path)) {
        if (!(*directory)->exists(kj::Path::parse(kWireSchemaPath))) continue;
        found_ = kj::mv(*directory);
        return;
      }
    }
  }

  const kj::ReadableDirectory& imports() {
    if (found_.get() != nullptr) return *found_;
    write(kWireSchemaPath, wire_schema_text());
    return *memory_;
  }

  kj::Own<const kj::Directory> memory_;
  kj::Own<kj::Filesystem> disk_;
  kj::Own<const kj::ReadableDirectory> found_;
  /// Where imports are looked for: other contracts first, then the wire schema.
  const kj::ReadableDirectory* search_path_[2] = {};
};

/// A default of the contract and the same one in the schema, which was printed and parsed again.
bool is_same_default(ir::Field::Reader field, capnp::schema::Value::Reader value) {
  const auto said = field.getDefault();
  switch (value.which()) {
    case capnp::schema::Value::BOOL:
      return (said.isBool() && said.getBool()) == value.getBool();
    case capnp::schema::Value::INT8:
      return (said.isSigned() ? said.getSigned() : 0) == value.getInt8();
    case capnp::schema::Value::INT16:
      return (said.isSigned() ? said.getSigned() : 0) == value.getInt16();
    case capnp::schema::Value::INT32:
      return (said.isSigned() ? said.getSigned() : 0) == value.getInt32();
    case capnp::schema::Value::INT64:
      return (said.isSigned() ? said.getSigned() : 0) == value.getInt64();
    case capnp::schema::Value::UINT8:
      return (said.isUnsigned() ? said.getUnsigned() : 0) == value.getUint8();
    case capnp::schema::Value::UINT16:
      return (said.isUnsigned() ? said.getUnsigned() : 0) == value.getUint16();
    case capnp::schema::Value::UINT32:
      return (said.isUnsigned() ? said.getUnsigned() : 0) == value.getUint32();
    case capnp::schema::Value::UINT64:
      return (said.isUnsigned() ? said.getUnsigned() : 0) == value.getUint64();
    case capnp::schema::Value::FLOAT32:
      return std::bit_cast<std::uint32_t>(
                 static_cast<float>(said.isFloating() ? said.getFloating() : 0)) ==
             std::bit_cast<std::uint32_t>(value.getFloat32());
    case capnp::schema::Value::FLOAT64:
      return std::bit_cast<std::uint64_t>(said.isFloating() ? said.getFloating() : 0) ==
             std::bit_cast<std::uint64_t>(value.getFloat64());
    case capnp::schema::Value::TEXT:
      return (said.isText() ? said.getText() : capnp::Text::Reader()) == value.getText();
    case capnp::schema::Value::ENUM:
    case capnp::schema::Value::VOID:
    case capnp::schema::Value::DATA:
    case capnp::schema::Value::LIST:
    case capnp::schema::Value::STRUCT:
    case capnp::schema::Value::INTERFACE:
    case capnp::schema::Value::ANY_POINTER:
      break;
  }
  return true;
}

void copy_option(capnp::StructSchema group, ir::Field::Builder field) {
  auto option = field.getPlacement().initOption();
  option.setDiscriminantOffset(group.getProto().getStruct().getDiscriminantOffset());
  const auto none = group.getFieldByName("none").getProto();
  const auto some = group.getFieldByName("some").getProto();
  KJ_REQUIRE(none.getDiscriminantValue() == 0 && some.getDiscriminantValue() == 1,
             "the union of an option has other discriminants");
  option.setOffset(some.getSlot().getOffset());
}

void copy_record(capnp::StructSchema schema, ir::Record::Builder out) {
  const auto proto = schema.getProto();
  KJ_REQUIRE(proto.getId() == out.getId(), "a type of the emitted schema has another id");
  const auto layout = proto.getStruct();
  out.setDataWords(layout.getDataWordCount());
  out.setPointerCount(layout.getPointerCount());
  out.setDiscriminantCount(layout.getDiscriminantCount());
  out.setDiscriminantOffset(layout.getDiscriminantOffset());
  for (auto field : out.getFields()) {
    const auto member = schema.getFieldByName(capnp_name(field.getName().cStr()));
    const auto found = member.getProto();
    if (field.getType().isOption()) {
      copy_option(member.getType().asStruct(), field);
      continue;
    }
    KJ_REQUIRE(is_same_default(field, found.getSlot().getDefaultValue()),
               "a default reads differently in the emitted schema", field.getName());
    auto slot = field.getPlacement().initSlot();
    slot.setOffset(found.getSlot().getOffset());
    slot.setDiscriminantValue(found.getDiscriminantValue());
  }
}

void copy_type(capnp::schema::Type::Reader type, ir::Type::Builder out) {
  switch (type.which()) {
    case capnp::schema::Type::BOOL:
      return out.setBool();
    case capnp::schema::Type::INT8:
      return out.setI8();
    case capnp::schema::Type::INT16:
      return out.setI16();
    case capnp::schema::Type::INT32:
      return out.setI32();
    case capnp::schema::Type::INT64:
      return out.setI64();
    case capnp::schema::Type::UINT8:
      return out.setU8();
    case capnp::schema::Type::UINT16:
      return out.setU16();
    case capnp::schema::Type::UINT32:
      return out.setU32();
    case capnp::schema::Type::UINT64:
      return out.setU64();
    case capnp::schema::Type::FLOAT32:
      return out.setF32();
    case capnp::schema::Type::FLOAT64:
      return out.setF64();
    case capnp::schema::Type::TEXT:
      return out.setText();
    case capnp::schema::Type::DATA:
      return out.setBytes();
    case capnp::schema::Type::VOID:
    case capnp::schema::Type::LIST:
    case capnp::schema::Type::ENUM:
    case capnp::schema::Type::STRUCT:
    case capnp::schema::Type::INTERFACE:
    case capnp::schema::Type::ANY_POINTER:
      break;
  }
  KJ_FAIL_REQUIRE("a wire type has a field that is neither a scalar nor text nor data");
}

void copy_wire_type(capnp::ParsedSchema schema, ir::Struct::Builder out) {
  const auto proto = schema.getProto();
  out.setName(proto.getDisplayName().slice(proto.getDisplayNamePrefixLength()));
  auto record = out.initRecord();
  record.setId(proto.getId());
  const auto fields = schema.asStruct().getFields();
  auto list = record.initFields(fields.size());
  for (const auto field : fields) {
    // Cap'n Proto lists fields by ordinal.
    auto place = list[field.getIndex()];
    place.setName(to_snake_case(field.getProto().getName().cStr()));
    copy_type(field.getProto().getSlot().getType(), place.initType());
  }
  copy_record(schema.asStruct(), record);
}

void copy_actor(capnp::ParsedSchema schema, ir::Actor::Builder actor) {
  const auto record = [&](const std::string& name, ir::Record::Builder out) {
    copy_record(schema.getNested(capnp_type(name)).asStruct(), out);
  };
  if (actor.getKey().isRecord()) record(std::string(kKeyType), actor.getKey().getRecord());
  for (auto message : actor.getMessages()) {
    const std::string name = message.getName().cStr();
    record(message_type(name), message.getParameters());
    if (message.isAsk()) record(reply_type(name), message.getAsk().getResults());
  }
}

/// Of the file at place `origin` of the imports, counted from 1.
std::string schema_path(ir::File::Reader file, unsigned origin) {
  return std::string(file.getImports()[origin - 1].getPath().cStr()) + ".capnp";
}

void copy_layout(const SchemaFiles& files, ir::File::Builder file) {
  const capnp::SchemaParser parser;
  const capnp::ParsedSchema contract = files.parse_contract(parser);
  for (auto node : file.getStructs()) {
    const auto home = node.getOrigin() == 0
                          ? contract
                          : files.parse_imported(parser, schema_path(file, node.getOrigin()));
    const auto schema = home.getNested(capnp_type(node.getName().cStr()));
    copy_record(schema.asStruct(), node.getRecord());
  }
  for (auto actor : file.getActors()) {
    if (actor.getOrigin() != 0) continue;
    copy_actor(contract.getNested(capnp_type(actor.getName().cStr())), actor);
  }
  const auto nested = files.parse_wire_types(parser).getAllNested();
  auto wire_types = file.initWireTypes(nested.size());
  for (unsigned index = 0; index < nested.size(); ++index) {
    copy_wire_type(nested[index], wire_types[index]);
  }
}

}  // namespace

std::optional<std::string> fill_layout(const std::string& schema,
                                       const std::vector<ImportedSchema>& imported,
                                       const std::vector<std::string>& import_roots,
                                       ir::File::Builder file) {
  std::optional<std::string> failure;
  const auto exception = kj::runCatchingExceptions(
      [&] { copy_layout(SchemaFiles(schema, imported, import_roots), file); });
  KJ_IF_MAYBE (problem, exception) failure = problem->getDescription().cStr();
  return failure;
}

}  // namespace troupe::codegen
