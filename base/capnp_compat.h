// Lets Cap'n Proto 0.9.2 compile as C++20 under clang >= 16. Include before any Cap'n Proto header.
//
// Its StringPtr declares operator!=, so since P2468 `const char* == StringPtr` is no longer
// rewritten to the member; these two overloads say it in full.
#pragma once

#include <kj/string.h>

#if defined(__clang__) && __clang_major__ >= 16
namespace kj {
inline bool operator==(const char* left, const StringPtr& right) { return right.operator==(left); }
inline bool operator!=(const char* left, const StringPtr& right) { return right.operator!=(left); }
}  // namespace kj
#endif
