// Text without case: Unicode's simple case mapping, one code point to one.
#pragma once

#include <string>
#include <string_view>

namespace fanfare::route {

// Equal for texts that differ in case only, and the fold of a beginning is the beginning of the fold. What is not UTF-8
// stays as it is. Threads: safe from every thread.
std::string Fold(std::string_view text);

}  // namespace fanfare::route
