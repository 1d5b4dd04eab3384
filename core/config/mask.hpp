// Lines of a configuration file as they may be shown: no secret in them, whether the file is valid TOML or not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fanfare::config {

struct ShownLine {
    std::string text;             // "***" stands from the first secret to the end of the line
    std::size_t secret_from = 0;  // column in characters, from 1, at which "***" starts; 0: nothing is hidden
};

// One per line. Hidden is the value of a key that sounds like a secret ("token", "smtp_password", "secrt"), over all
// its lines, and text that looks like one ("whsec_...", "Bearer ...", a URL with a password). Rather too much than too
// little.
std::vector<ShownLine> ShowLines(std::string_view text);

}  // namespace fanfare::config
