// select and identify: from a path, or a pattern of paths, to those who live there.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "actor/names/errand.h"
#include "actor/names/identity.h"
#include "actor/names/path.h"
#include "actor/names/selection.h"
#include "actor/names/tree.h"
#include "actor/ref.h"
#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "base/wait_queue.h"

namespace troupe {

/// Whom one selection may find.
inline constexpr std::size_t kSelectedMax = 1 << 16;

namespace names {

/// Names that a selection looks at before others of the core get their turn; the children of one
/// parent are looked at without a break.
inline constexpr std::size_t kNamesPerTurn = 1024;

/// Walks the tree of one core, or of all one after the other.
class SelectErrand final : public Errand {
 public:
  explicit SelectErrand(Selection selection) : selection_(std::move(selection)) {}

  Result<Selected> result();

 private:
  // A node whose children may match.
  struct Place {
    TreeNode node;
    Path path;
    Selection::State state;
  };

  unsigned visit(Core& here) override;
  void begin(Core& here);
  void expand(Core& here, const Place& place);
  void take(Core& here, const Place& place, const TreeNode& child, std::string_view name);

  Selection selection_;
  std::vector<Place> open_;  // the next one last
  std::vector<Identity> found_;
  std::size_t looked_at_ = 0;
  bool begun_ = false;  // on this core
  bool too_many_ = false;
};

Task<Result<Selected>> select_from(Path base, std::string pattern, Deadline deadline);
Task<Result<Identity>> identify_any(Path path, Deadline deadline);
/// `text`, with the anchor of this core if it has none.
Result<Path> path_from_here(std::string_view text);

}  // namespace names

/// `co_await identify<Worker>(path, within(1s))`: a reference to who lives at that path now, on
/// whatever core. Errors: kNoSuchActor, nobody does, or an actor of another protocol, or the path
/// is another system's; kDeadlineExceeded, kCancelled, kStopping. Call on a core.
template <class A>
Task<Result<Ref<A>>> identify(Path path, Deadline deadline) {
  auto found = co_await names::identify_any(std::move(path), deadline);
  if (!found) co_return found.error();
  Ref<A> ref = found->template as<A>();
  if (ref == Ref<A>()) co_return Error(Code::kNoSuchActor, 0, "an actor of another protocol");
  co_return ref;
}
/// The same of a text: a whole path, or `/user/pool` for one of this core. Also the errors of
/// Path::parse().
template <class A>
Task<Result<Ref<A>>> identify(std::string text, Deadline deadline) {
  auto path = names::path_from_here(text);
  if (!path) co_return path.error();
  auto found = co_await identify<A>(*std::move(path), deadline);
  co_return found;
}

}  // namespace troupe
