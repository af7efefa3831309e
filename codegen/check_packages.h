// Rules across files: what one package declares in several of them is declared once.
#pragma once

#include "codegen/diagnostics.h"
#include "codegen/unit.h"

namespace troupe::codegen {

void check_packages(const Unit& unit, Diagnostics& diagnostics);

}  // namespace troupe::codegen
