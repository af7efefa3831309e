#include "codegen/emitters.h"

#include "base/capnp_compat.h"
// The compat header comes before Cap'n Proto's own.
#include <capnp/message.h>
#include <capnp/pretty-print.h>
#include <capnp/serialize.h>

#include "codegen/emit_capnp.h"
#include "codegen/emit_cpp.h"

namespace troupe::codegen {
namespace {

std::vector<Output> emit_cpp(ir::File::Reader file) {
  return {{kHeaderSuffix, emit_cpp_header(file)}, {kSourceSuffix, emit_cpp_source(file)}};
}

std::vector<Output> emit_schema(ir::File::Reader file) {
  return {{kSchemaSuffix, emit_capnp(file)}};
}

/// One flat message, as `capnp decode codegen/ir.capnp File` reads it.
std::vector<Output> emit_ir(ir::File::Reader file) {
  capnp::MallocMessageBuilder message;
  message.setRoot(file);
  const auto words = capnp::messageToFlatArray(message);
  const auto bytes = words.asChars();
  return {{kIrSuffix, std::string(bytes.begin(), bytes.size())}};
}

/// The IR for people, and for golden files.
std::vector<Output> emit_ir_text(ir::File::Reader file) {
  const kj::String text = capnp::prettyPrint(file).flatten();
  return {{kIrTextSuffix, std::string(text.begin(), text.size()) + "\n"}};
}

constexpr std::string_view kCppFiles[] = {kHeaderSuffix, kSourceSuffix};
constexpr std::string_view kSchemaFiles[] = {kSchemaSuffix};
constexpr std::string_view kIrFiles[] = {kIrSuffix};
constexpr std::string_view kIrTextFiles[] = {kIrTextSuffix};

constexpr Emitter kEmitters[] = {
    {"cpp", true, kCppFiles, emit_cpp},
    {"capnp", true, kSchemaFiles, emit_schema},
    {"ir", false, kIrFiles, emit_ir},
    {"ir_text", false, kIrTextFiles, emit_ir_text},
};

}  // namespace

std::span<const Emitter> emitters() { return kEmitters; }

const Emitter* find_emitter(std::string_view name) {
  for (const Emitter& emitter : kEmitters) {
    if (emitter.name == name) return &emitter;
  }
  return nullptr;
}

}  // namespace troupe::codegen
