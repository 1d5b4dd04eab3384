// The options of one smtp destination, read and checked.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fanfare/host.hpp>

#include "address.hpp"

namespace fanfare::plugins::smtp {

enum class Tls { kStartTls, kImplicit, kNone };
enum class Auth { kAutomatic, kPlain, kLogin, kCramMd5, kXOAuth2 };

// An option that may hold templates: a text, or a list of texts. Each text stands at a pointer of its own.
struct Texts {
    std::vector<std::pair<std::string, std::string>> items;  // JSON pointer, text as configured
    bool is_list = false;
};

struct Options {
    std::string host;
    std::uint16_t port = 0;
    Tls tls = Tls::kStartTls;
    std::string ca_file;
    std::string username;  // empty: no login
    Auth auth = Auth::kAutomatic;
    std::string ehlo;  // empty: what this machine is called
    Mailbox from;
    Texts to;
    Texts cc;
    Texts bcc;
    Texts reply_to;
    Texts subject;  // these three: one text or none
    Texts text;
    Texts html;
    std::vector<std::pair<std::string, Texts>> headers;
    std::size_t connections = 2;
    std::chrono::seconds idle{60};
    std::string receipts;
};

// Errors: ConfigError.
Options ReadOptions(const Config& config);

// Errors: ConfigError, if it is no name of a header field, or one that this plugin makes.
void CheckHeaderName(std::string_view name);

inline bool IsTemplate(std::string_view text) { return text.find("{{") != std::string_view::npos; }

}  // namespace fanfare::plugins::smtp
