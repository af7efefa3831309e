#include "codegen/golden/golden_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace troupe::codegen {

std::vector<std::string> golden_contracts(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator("codegen/golden/" + folder)) {
    if (entry.path().extension() == ".actor") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string golden_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path << " is missing; codegen/golden/update.sh makes it";
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace troupe::codegen
