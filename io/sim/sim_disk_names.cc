// The part of SimDisk that is about names: paths, directories, and what of them a crash leaves.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <set>
#include <utility>

#include "io/files/directory_listing.h"
#include "io/sim/sim_disk.h"

namespace troupe::io {

/// Where `path` leads; its inode is null if nothing is there yet, its directory if it is the root.
int SimDisk::find(std::string_view path, Name& found) const {
  if (path.empty()) return -ENOENT;
  const bool wants_directory = path.ends_with('/');
  std::vector<Name> way;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part.size() > NAME_MAX) return -ENAMETOOLONG;
    const Inode directory = way.empty() ? root_ : way.back().inode;
    if (directory == nullptr) return -ENOENT;
    if (!directory->is_directory) return -ENOTDIR;
    if (part == "..") {
      if (!way.empty()) way.pop_back();
      continue;
    }
    const auto named = directory->names.find(part);
    way.push_back(
        {directory, std::string(part), named == directory->names.end() ? nullptr : named->second});
  }
  found = way.empty() ? Name{nullptr, "", root_} : way.back();
  const bool file = found.inode != nullptr && !found.inode->is_directory;
  return wants_directory && file ? -ENOTDIR : 0;
}

int SimDisk::open(std::string_view path, int flags) {
  Name name;
  const int result = find(path, name);
  if (result < 0) return result;
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  if (name.inode == nullptr && (flags & O_CREAT) == 0) return -ENOENT;
  if (name.inode != nullptr && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return -EEXIST;
  if (name.inode != nullptr && name.inode->is_directory && writes) return -EISDIR;
  if (name.inode != nullptr && !name.inode->is_directory && (flags & O_DIRECTORY) != 0) {
    return -ENOTDIR;
  }
  if (open_.size() >= options_.open_max) return -EMFILE;
  if (name.inode == nullptr) {
    name.inode = std::make_shared<SimInode>(false, space_);
    change({{name}});
  } else if ((flags & O_TRUNC) != 0 && name.inode->size() != 0) {
    name.inode->resize(0);
  }
  ++name.inode->users;
  // The lowest that is free, as the kernel does it: a number that somebody still names is another
  // file's soon.
  int number = kFirstDescriptor;
  for (auto each = open_.begin(); each != open_.end() && each->first == number; ++each) ++number;
  open_[number] = OpenFile{name.inode, flags};
  return number;
}

int SimDisk::rename(std::string_view from, std::string_view to) {
  Name source;
  Name target;
  int result = find(from, source);
  if (result == 0) result = find(to, target);
  if (result < 0) return result;
  if (source.inode == nullptr) return -ENOENT;
  if (source.directory == nullptr || target.directory == nullptr) return -EBUSY;
  if (source.inode == target.inode) return 0;
  // Into itself. Its names tell, for there are no links.
  std::vector<const SimInode*> below = {source.inode.get()};
  while (!below.empty()) {
    const SimInode* const each = below.back();
    below.pop_back();
    if (each == target.directory.get()) return -EINVAL;
    for (const auto& [name, inode] : each->names) below.push_back(inode.get());
  }
  const bool moves_directory = source.inode->is_directory;
  if (target.inode != nullptr) {
    if (moves_directory && !target.inode->is_directory) return -ENOTDIR;
    if (!moves_directory && target.inode->is_directory) return -EISDIR;
    if (!target.inode->names.empty()) return -ENOTEMPTY;
  }
  target.inode = std::exchange(source.inode, nullptr);
  change({{source, target}, moves_directory});
  return 0;
}

int SimDisk::unlink(std::string_view path, bool directory) {
  Name name;
  const int result = find(path, name);
  if (result < 0) return result;
  if (name.inode == nullptr) return -ENOENT;
  if (name.inode->is_directory != directory) return directory ? -ENOTDIR : -EISDIR;
  if (name.directory == nullptr) return -EBUSY;
  if (!name.inode->names.empty()) return -ENOTEMPTY;
  name.inode = nullptr;
  change({{name}});
  return 0;
}

int SimDisk::make_directory(std::string_view path) {
  Name name;
  const int result = find(path, name);
  if (result < 0) return result;
  if (name.inode != nullptr) return -EEXIST;
  name.inode = std::make_shared<SimInode>(true, space_);
  change({{name}});
  return 0;
}

int SimDisk::list(DirectoryListing& listing) const {
  Name name;
  const int result = find(listing.path, name);
  if (result < 0) return result;
  if (name.inode == nullptr) return -ENOENT;
  if (!name.inode->is_directory) return -ENOTDIR;
  listing.entries.clear();
  listing.more = name.inode->names.size() > listing.entries_max;
  for (const auto& [entry, inode] : name.inode->names) {
    if (listing.entries.size() == listing.entries_max) break;
    listing.entries.emplace_back(entry,
                                 inode->is_directory ? EntryKind::kDirectory : EntryKind::kFile);
  }
  return 0;
}

/// One user of it less.
void SimDisk::leave(SimInode& inode) {
  if (--inode.users == 0) inode.free_space();
}

/// Changes what programs see.
void SimDisk::show(const Name& name) {
  SimInode::Names& names = name.directory->names;
  const auto before = names.find(name.name);
  if (name.inode != nullptr) ++name.inode->users;
  if (before != names.end()) {
    leave(*before->second);
    names.erase(before);
  }
  if (name.inode != nullptr) names[name.name] = name.inode;
}

void SimDisk::change(NameChange change) {
  // From its end: what moves has its new name before the old one goes, so it always has a user.
  for (auto name = change.names.rbegin(); name != change.names.rend(); ++name) show(*name);
  unsynced_names_.push_back(std::move(change));
  if (unsynced_names_.size() <= kUnsyncedNamesMax) return;
  make_durable(unsynced_names_.front());
  unsynced_names_.pop_front();
}

void SimDisk::make_durable(const NameChange& change) {
  for (const Name& name : change.names) {
    SimInode::Names& names = name.directory->durable_names;
    if (name.inode == nullptr) {
      names.erase(name.name);
      continue;
    }
    // An earlier change of its name may have been lost: it must not be in two places.
    if (const Inode old = name.inode->durable_directory.lock(); old != nullptr) {
      const auto found = old->durable_names.find(name.inode->durable_name);
      if (found != old->durable_names.end() && found->second == name.inode) {
        old->durable_names.erase(found);
      }
    }
    names[name.name] = name.inode;
    name.inode->durable_directory = name.directory;
    name.inode->durable_name = name.name;
  }
}

/// With a directory that moves comes everything before, as with journals: or it could end within
/// itself.
void SimDisk::keep_order(const std::deque<NameChange>& changes, std::vector<bool>& chosen) {
  bool all = false;
  for (std::size_t i = changes.size(); i-- > 0;) {
    if (all) chosen[i] = true;
    all |= chosen[i] && changes[i].moves_directory;
  }
}

/// Makes the changes in `directory` last, and those in directories that share a change with it: a
/// rename from one to the other lasts in both or in none. If that fails some do, by chance, and of
/// the others the disk will never hear.
void SimDisk::sync_names(const Inode& directory, bool fails) {
  std::set<const SimInode*> synced = {directory.get()};
  std::vector<bool> chosen(unsynced_names_.size(), false);
  for (bool grew = true; grew;) {
    grew = false;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const std::vector<Name>& names = unsynced_names_[i].names;
      const auto within = [&](const Name& name) { return synced.contains(name.directory.get()); };
      if (chosen[i] || std::ranges::none_of(names, within)) continue;
      chosen[i] = true;
      grew = true;
      for (const Name& name : names) synced.insert(name.directory.get());
    }
  }
  keep_order(unsynced_names_, chosen);
  std::deque<NameChange> left;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    NameChange& change = unsynced_names_[i];
    if (!chosen[i]) {
      left.push_back(std::move(change));
    } else if (!fails || change.moves_directory || random_.one_in(2)) {
      make_durable(change);
    }
  }
  unsynced_names_ = std::move(left);
}

void SimDisk::crash(std::uint64_t seed) {
  close_all();
  Random random(seed);
  std::vector<bool> chosen;
  for (std::size_t i = 0; i < unsynced_names_.size(); ++i) chosen.push_back(random.one_in(2));
  keep_order(unsynced_names_, chosen);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i]) make_durable(unsynced_names_[i]);
  }
  unsynced_names_.clear();
  // What is not found on this way is lost; its last owners let go of it as the names are set.
  std::vector<Inode> way = {root_};
  while (!way.empty()) {
    const Inode each = way.back();
    way.pop_back();
    each->crash(random);
    each->users = 1;
    for (const auto& [name, inode] : each->names) way.push_back(inode);
  }
}

}  // namespace troupe::io
