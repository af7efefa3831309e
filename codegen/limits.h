// Every limit of the .actor language and of actorc, by name and unit. A limit is part of the
// language: raising one is harmless, lowering one breaks files that were accepted before.
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::codegen {

inline constexpr std::size_t kFileBytesMax = 1 << 20;
inline constexpr std::size_t kNameBytesMax = 128;
inline constexpr std::size_t kDeclarationsMax = 4096;
inline constexpr std::size_t kFieldsPerStructMax = 1024;
/// C++ compilers need not accept more arguments than this in one call.
inline constexpr std::size_t kParametersMax = 256;
/// Structs and lists within structs. Readers of Cap'n Proto give up at 64 levels; half of that is
/// ours.
inline constexpr std::size_t kStructNestingMax = 32;

/// Lists and options within each other in one type: `option<list<list<u8>>>` is 3.
inline constexpr std::size_t kTypeNestingMax = 8;
/// Bytes of a text that is a default: every message without the text carries none of them, but
/// every program that reads it does.
inline constexpr std::size_t kDefaultTextBytesMax = 256;

/// Files that one file reaches through its imports.
inline constexpr std::size_t kImportsMax = 256;
/// Imports within imports.
inline constexpr std::size_t kImportDepthMax = 32;
inline constexpr std::size_t kImportPathBytesMax = 512;

inline constexpr std::uint64_t kEnumeratorOrdinalMax = 65534;
/// The sixteen ordinals above belong to messages of the framework itself.
inline constexpr std::uint64_t kMessageOrdinalMax = 65519;

inline constexpr std::uint64_t kMailboxMessagesMin = 1;
inline constexpr std::uint64_t kMailboxMessagesMax = 1 << 24;
inline constexpr std::uint64_t kMailboxBytesMin = 4096;
inline constexpr std::uint64_t kMailboxBytesMax = 1 << 30;

/// Actors named in the findings about cycles of asks in one file, together. There can be
/// more of them than anybody reads; the first is always shown.
inline constexpr std::size_t kAskCycleStepsMax = 1 << 12;

/// Findings printed per file. The rest is counted: a binary file would otherwise print megabytes.
inline constexpr std::size_t kFindingsPrintedMax = 200;
/// Columns of a source line shown above a caret.
inline constexpr std::size_t kExcerptColumnsMax = 160;
/// Edits between a misspelt word and the word that is suggested for it.
inline constexpr std::size_t kSuggestionDistanceMax = 2;

}  // namespace troupe::codegen
