// What a server says to a command.
// Source: RFC 5321, 4.2 (replies), 4.2.1 (first digit), 4.2.1 and RFC 2034, 4 (enhanced codes stand in the text).
#pragma once

#include <string>
#include <vector>

namespace fanfare::plugins::smtp {

struct Reply {
    int code = 0;
    std::vector<std::string> lines;  // without code and line ends

    bool is_positive() const { return code >= 200 && code < 300; }
    bool is_temporary() const { return code >= 400 && code < 500; }
    // "550 5.1.1 no such user"
    std::string text() const {
        std::string out = std::to_string(code);
        for (const std::string& line : lines) {
            if (!line.empty()) out.append(1, ' ').append(line);
        }
        return out;
    }
};

}  // namespace fanfare::plugins::smtp
