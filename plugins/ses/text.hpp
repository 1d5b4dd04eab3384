// Texts of mail: addresses, names, lines; and JSON for people to read.
//
// Sources: RFC 5322, 3.4 (addresses, quoted names); RFC 2047 (encoded words); Amazon SES API Reference v2, SendEmail
// (addresses are ASCII, names beyond it are encoded words) and MessageTag.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fanfare::plugins::ses {

// At commas that stand outside of quotes; trimmed, without empty ones.
std::vector<std::string> SplitAddresses(std::string_view text);
// "ann@example.com" or "Ann <ann@example.com>". Errors: ConfigError.
void CheckAddress(std::string_view address);
// The same with the name as mail has it. Errors: ConfigError.
std::string WriteAddress(std::string_view address);
// name <address>, or the bare address if the name is empty.
std::string NamedAddress(std::string_view name, std::string_view address);

// As it is if it is short and ASCII, else as encoded words with `separator` between them: a space, or a line break and
// a space where the line would be long.
std::string HeaderText(std::string_view text, std::string_view separator);

// No control characters.
bool IsLine(std::string_view text);
bool IsTag(std::string_view text);

// Two spaces a level, numbers and strings exactly as they stand. `json` is well-formed.
std::string IndentJson(std::string_view json);

}  // namespace fanfare::plugins::ses
