// DirectoryListing: what is in a directory, as a request asks for it and gets it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::io {

enum class EntryKind : std::uint8_t { kFile, kDirectory, kOther };

/// A name in a directory.
class DirectoryEntry {
 public:
  DirectoryEntry(std::string name, EntryKind kind) : name(std::move(name)), kind(kind) {}

  std::string name;  ///< Without the directory's path.
  EntryKind kind;

  friend bool operator==(const DirectoryEntry&, const DirectoryEntry&) = default;
};

/// Belongs to the backend from Backend::submit() until the request is finished; whoever fills it
/// may be on another thread.
struct DirectoryListing {
  std::string path;
  std::size_t entries_max = 0;
  std::vector<DirectoryEntry> entries;  ///< In no order, without "." and "..".
  bool more = false;                    ///< There are more than entries_max.
};

}  // namespace troupe::io
