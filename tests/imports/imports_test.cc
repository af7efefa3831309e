// Contracts that import each other, also from another workspace: their messages meet in one
// program.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "actor/actor.h"
#include "actor/testing/runs.h"
#include "tests/imports/goods.actor.h"
#include "tests/imports/order.actor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using imports::Desk;
using imports::goods::Good;
using imports::goods::Shelf;
using shared::prices::Price;
using shared::units::Unit;

Behavior shelf(Shelf::Self self) {
  struct Kept {
    std::string name;
    Price price;
    Unit unit;
  };
  std::vector<Kept> kept;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Shelf::Kind::kStop:
        co_return;
      case Shelf::Kind::kUnknown:
        break;
      case Shelf::Kind::kPut: {
        const Good good = msg.put().good();
        kept.push_back({std::string(good.name), good.price, msg.put().unit()});
        break;
      }
      case Shelf::Kind::kListGoods: {
        std::vector<Good> goods;
        for (const Kept& each : kept) goods.push_back({each.name, each.price, each.unit});
        msg.list_goods().reply(goods);
        break;
      }
    }
  }
}

Behavior desk(Desk::Self self, Ref<Shelf> from) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Desk::Kind::kStop:
        co_return;
      case Desk::Kind::kUnknown:
        break;
      case Desk::Kind::kOrder: {
        auto listed = co_await from.ask(within(10s)).list_goods();
        if (!listed) break;
        std::optional<Good> found;
        for (const Good& good : listed->goods()) {
          if (good.name == msg.order().name()) found = good;
        }
        msg.order().reply(found);
        break;
      }
    }
  }
}

TEST(Imports, MeetInOneProgram) {
  System system(testing::options_for({BackendKind::kSimulation, 2}));
  testing::run_in(system, [](Root root) -> Task<Status> {
    auto goods = root.spawn<Shelf>(shelf);
    goods.tell().put(Good{.name = "tea", .price = {.cents = 350}, .unit = {}});
    goods.tell().put(Good{.name = "cup", .price = {900, Unit::kPiece}, .unit = {}}, Unit::kPiece);
    auto orders = root.spawn<Desk>(desk, goods);
    auto tea = co_await orders.ask(within(10s)).order("tea");
    if (!tea) co_return tea.error();
    EXPECT_TRUE(tea->good().has_value());
    EXPECT_EQ(tea->good()->price.cents, 350);
    EXPECT_EQ(tea->good()->price.per, Unit::kGram);
    EXPECT_EQ(tea->good()->unit, Unit::kGram);
    auto nothing = co_await orders.ask(within(10s)).order("milk");
    if (!nothing) co_return nothing.error();
    EXPECT_FALSE(nothing->good().has_value());
    co_return ok();
  });
}

}  // namespace
}  // namespace troupe
