// A place in a file of configuration.
#pragma once

#include <cstddef>
#include <string>

namespace fanfare::config {

struct Position {
    std::string file;
    std::size_t line = 0;    // from 1; 0: the file as a whole
    std::size_t column = 0;  // in characters, from 1

    friend bool operator==(const Position&, const Position&) = default;
};

}  // namespace fanfare::config
