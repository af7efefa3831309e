// actorc: the compiler of .actor protocol files.
#include <iostream>

#include "codegen/cli.h"

int main(int argc, char** argv) {
  return troupe::codegen::run_command_line(argc, argv, std::cout, std::cerr);
}
