#include "codegen/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "codegen/diagnostics.h"
#include "codegen/emitters.h"
#include "codegen/files.h"
#include "codegen/pipeline.h"
#include "codegen/source.h"
#include "codegen/version.h"

namespace troupe::codegen {
namespace {

/// What the command line says.
struct Options {
  std::vector<std::string> files;
  std::vector<std::string> import_roots;
  std::vector<std::string> emit;
  std::string out_folder;
  /// Suffix to path, for outputs that are named one by one.
  std::map<std::string_view, std::string> named;
};

/// A file to write, once nothing can be found wrong any more.
struct PendingFile {
  std::string path;
  std::string content;
};

class Command {
 public:
  Command(const Options& options, std::ostream& err) : options_(options), err_(err) {}

  /// Reports what is wrong with the options themselves.
  bool validate();
  /// Compiles every file; `generate` says whether to emit as well.
  ExitCode run(bool generate);

 private:
  ExitCode compile_file(const std::string& path, bool generate);
  void emit(const std::string& path, ir::File::Reader file);
  bool is_emitted(const Emitter& emitter) const;
  bool is_named(const Emitter& emitter) const;
  std::string output_path(const std::string& source_path, std::string_view suffix) const;

  const Options& options_;
  std::ostream& err_;
  std::vector<PendingFile> pending_;
};

bool Command::is_named(const Emitter& emitter) const {
  return std::ranges::any_of(emitter.suffixes, [&](std::string_view suffix) {
    const auto place = options_.named.find(suffix);
    return place != options_.named.end() && !place->second.empty();
  });
}

bool Command::is_emitted(const Emitter& emitter) const {
  if (!options_.emit.empty()) return std::ranges::count(options_.emit, emitter.name) > 0;
  const bool any_named =
      std::ranges::any_of(options_.named, [](const auto& entry) { return !entry.second.empty(); });
  return any_named ? is_named(emitter) : emitter.by_default;
}

bool Command::validate() {
  for (const std::string& name : options_.emit) {
    if (find_emitter(name) != nullptr) continue;
    err_ << "actorc: --emit " << name << ": there is no such emitter; there are";
    for (const Emitter& emitter : emitters()) err_ << ' ' << emitter.name;
    err_ << '\n';
    return false;
  }
  for (const auto& [suffix, path] : options_.named) {
    if (path.empty()) continue;
    if (options_.files.size() > 1) {
      err_ << "actorc: " << path << ": an output can be named for one source only\n";
      return false;
    }
    const bool is_made = std::ranges::any_of(emitters(), [&](const Emitter& emitter) {
      return is_emitted(emitter) && std::ranges::count(emitter.suffixes, suffix) > 0;
    });
    if (is_made) continue;
    err_ << "actorc: " << path << ": no chosen emitter makes a '" << suffix << "' file\n";
    return false;
  }
  return true;
}

std::string Command::output_path(const std::string& source_path, std::string_view suffix) const {
  const auto place = options_.named.find(suffix);
  if (place != options_.named.end() && !place->second.empty()) return place->second;
  const std::string path = source_path + std::string(suffix);
  return options_.out_folder.empty() ? path : options_.out_folder + "/" + path;
}

void Command::emit(const std::string& path, ir::File::Reader file) {
  for (const Emitter& emitter : emitters()) {
    if (!is_emitted(emitter)) continue;
    for (Output& output : emitter.emit(file)) {
      // Where outputs are named one by one, only those are wanted.
      const bool is_wanted =
          !options_.emit.empty() || !is_named(emitter) || !options_.named.at(output.suffix).empty();
      if (!is_wanted) continue;
      pending_.push_back({output_path(path, output.suffix), std::move(output.content)});
    }
  }
}

ExitCode Command::compile_file(const std::string& path, bool generate) {
  std::string failure;
  std::optional<std::string> text = read_file(path, failure);
  if (!text) {
    err_ << "actorc: " << failure << '\n';
    return kExitUnusable;
  }
  const Source source(path, std::move(*text));
  Diagnostics diagnostics;
  const std::unique_ptr<Contract> contract = compile(source, options_.import_roots, diagnostics);
  if (contract == nullptr) {
    err_ << diagnostics.print(source);
    return kExitFindings;
  }
  if (generate) emit(path, contract->ir());
  return kExitFine;
}

ExitCode Command::run(bool generate) {
  ExitCode worst = kExitFine;
  for (const std::string& path : options_.files) {
    worst = std::max(worst, compile_file(path, generate));
  }
  if (worst != kExitFine) return worst;
  for (const PendingFile& file : pending_) {
    std::string failure;
    if (write_file(file.path, file.content, failure)) continue;
    err_ << "actorc: " << failure << '\n';
    return kExitUnusable;
  }
  return kExitFine;
}

void add_shared_options(CLI::App& command, Options& options) {
  command.add_option("FILE", options.files, ".actor files")->required();
  command
      .add_option("--import-root", options.import_roots,
                  "Folder below which imports are found, and protocols/troupe.capnp; without "
                  "any, the current folder, and the copy inside actorc")
      ->allow_extra_args(false);
}

void add_gen_options(CLI::App& command, Options& options) {
  command.add_option("--out", options.out_folder,
                     "Folder for outputs, at the source's path below it; else beside the source");
  std::string names;
  for (const Emitter& emitter : emitters()) names += " " + std::string(emitter.name);
  command.add_option("--emit", options.emit, "Emitters, separated by commas, out of:" + names)
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--header", options.named[kHeaderSuffix], "Path of the C++ header");
  command.add_option("--source", options.named[kSourceSuffix], "Path of the C++ source");
  command.add_option("--schema", options.named[kSchemaSuffix], "Path of the Cap'n Proto schema");
  command.add_option("--ir", options.named[kIrSuffix], "Path of the intermediate representation");
  options.named[kIrTextSuffix];
}

}  // namespace

ExitCode run_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  Options options;
  CLI::App app("Compiles .actor protocol files.", "actorc");
  app.set_version_flag("--version", "actorc " + std::string(kActorcVersion));
  app.require_subcommand(1);
  CLI::App* gen = app.add_subcommand("gen", "Checks the files and writes what is made of them.");
  CLI::App* check = app.add_subcommand("check", "Checks the files and writes nothing.");
  add_shared_options(*gen, options);
  add_gen_options(*gen, options);
  add_shared_options(*check, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? kExitFine : kExitUnusable;
  }
  Command command(options, err);
  if (!command.validate()) return kExitUnusable;
  return command.run(gen->parsed());
}

}  // namespace troupe::codegen
