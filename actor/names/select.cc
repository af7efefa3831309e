#include "actor/names/select.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "actor/core.h"

namespace troupe::names {

Result<Selected> SelectErrand::result() {
  if (too_many_) return Error(Code::kOverloaded, kSelectedMax, "a selection finds more");
  return Selected(std::move(found_));
}

unsigned SelectErrand::visit(Core& here) {
  if (!begun_) begin(here);
  looked_at_ = 0;
  while (!open_.empty() && looked_at_ < kNamesPerTurn && !too_many_) {
    const Place place = std::move(open_.back());
    open_.pop_back();
    expand(here, place);
  }
  if (too_many_) return kHome;
  if (!open_.empty()) return here.index();
  begun_ = false;
  const unsigned next = here.index() + 1u;
  return selection_.core() || next >= here.node().cores() ? kHome : next;
}

void SelectErrand::begin(Core& here) {
  begun_ = true;
  const TreeNode root(TreeNode::Kind::kRoot);
  const Selection::State state = selection_.start();
  if (selection_.accepts(state)) found_.push_back(root.identity(root_path(here)));
  if (selection_.goes_on(state)) open_.push_back(Place{root, root_path(here), state});
}

void SelectErrand::expand(Core& here, const Place& place) {
  if (const std::string* name = selection_.only_next(place.state); name != nullptr) {
    ++looked_at_;
    const std::optional<TreeNode> child = find_child(here, place.node, *name);
    if (child) take(here, place, *child, *name);
    return;
  }
  const std::size_t before = open_.size();
  for_each_child(here, place.node, [&](const TreeNode& child, std::string_view name) {
    ++looked_at_;
    take(here, place, child, name);
  });
  std::reverse(open_.begin() + static_cast<std::ptrdiff_t>(before), open_.end());
}

void SelectErrand::take(Core& here, const Place& place, const TreeNode& child,
                        std::string_view name) {
  if (too_many_) return;
  const Selection::State state = selection_.step(place.state, name);
  const bool accepted = selection_.accepts(state);
  const bool goes_on = selection_.goes_on(state) && may_have_children(here, child);
  if (!accepted && !goes_on) return;
  too_many_ = found_.size() >= kSelectedMax || open_.size() >= kSelectedMax;
  if (too_many_) return;
  Path path = path_below(place.path, child, name);
  if (accepted) found_.push_back(child.identity(path));
  if (goes_on) open_.push_back(Place{child, std::move(path), state});
}

Task<Result<Selected>> select_from(Path base, std::string pattern, Deadline deadline) {
  auto selection = Selection::parse(pattern, base);
  if (!selection) co_return selection.error();
  const unsigned cores = Core::current().node().cores();
  const unsigned first = selection->core().value_or(0);
  if (first >= cores) co_return Error(Code::kInvalidArgument, first, "there is no such core");
  ErrandRequest<SelectErrand> request(std::make_unique<SelectErrand>(*std::move(selection)), first,
                                      deadline);
  auto found = co_await std::move(request);
  co_return found;
}

Task<Result<Identity>> identify_any(Path path, Deadline deadline) {
  const troupe::Node& node = Core::current().node();
  if (path.system() != node.options().name || path.core() >= node.cores()) {
    co_return Error(Code::kNoSuchActor, path.core(), "a path of another system, or of no core");
  }
  auto selection = Selection::of(path);
  if (!selection) co_return selection.error();
  ErrandRequest<SelectErrand> request(std::make_unique<SelectErrand>(*std::move(selection)),
                                      path.core(), deadline);
  auto found = co_await std::move(request);
  if (!found) co_return found.error();
  // A path names one at most.
  if (found->empty() || !(*found)[0].is_actor()) co_return Error(Code::kNoSuchActor);
  co_return (*found)[0];
}

Result<Path> path_from_here(std::string_view text) {
  if (!text.starts_with('/')) return Path::parse(text);
  std::string whole = root_path(Core::current()).text();
  whole.pop_back();
  return Path::parse(whole.append(text));
}

}  // namespace troupe::names
