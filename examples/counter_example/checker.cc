#include "examples/counter_example/checker.h"

#include "examples/counter_example/card_number.h"

namespace counter_example {

troupe::Task<bool> check(std::string digits) { co_return well_formed(digits); }

troupe::Behavior checker(Checker::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Checker::Kind::kStop:
        co_return;
      case Checker::Kind::kUnknown:
        break;
      case Checker::Kind::kCheck:
        msg.check().reply(well_formed(msg.check().digits()));
        break;
    }
  }
}

}  // namespace counter_example
