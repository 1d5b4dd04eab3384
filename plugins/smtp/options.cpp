#include "options.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fanfare/text.hpp>

namespace fanfare::plugins::smtp {
namespace {

// Made by other options or by the mail itself (RFC 5322, 3.6; RFC 2045, 3), or by those who carry it (RFC 5322, 3.6.7).
constexpr std::array<std::string_view, 14> kReserved = {
    "date",         "from",        "sender",   "reply-to",       "to",          "cc", "bcc", "subject", "message-id",
    "mime-version", "return-path", "received", "dkim-signature", "delivered-to"};

std::string Environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::string HostOf(const Config& config) {
    std::string host = config.str("/host", "");
    if (host.empty()) host = Environment("EVENT_MAIL_HOST");
    if (host.empty()) throw ConfigError("host is missing: set it, or the environment variable EVENT_MAIL_HOST");
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    const bool clean = std::all_of(host.begin(), host.end(), [](char c) {
        const char lower = ascii_lower(c);
        return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':';
    });
    if (!clean) throw ConfigError("host '" + first_line(host, 64) + "' is no name or address of a server: correct it");
    return host;
}

std::uint16_t PortOf(const Config& config, Tls tls) {
    std::int64_t port = config.i64("/port", 0);
    const std::string outside = Environment("EVENT_MAIL_PORT");
    if (port == 0 && !outside.empty()) {
        const bool digits = outside.size() <= 5 && outside.find_first_not_of("0123456789") == std::string::npos;
        port = digits ? std::atoi(outside.c_str()) : -1;
        if (port < 1 || port > 65535) {
            throw ConfigError("EVENT_MAIL_PORT '" + first_line(outside, 16) +
                              "' is no port: set 1 to 65535, or unset it");
        }
    }
    if (port == 0) port = tls == Tls::kStartTls ? 587 : tls == Tls::kImplicit ? 465 : 25;
    return static_cast<std::uint16_t>(port);
}

Tls TlsOf(const std::string& word) {
    if (word == "starttls") return Tls::kStartTls;
    if (word == "implicit") return Tls::kImplicit;
    if (word == "none") return Tls::kNone;
    throw ConfigError("tls is '" + first_line(word, 16) + "': use starttls, implicit or none");
}

Auth AuthOf(const std::string& word) {
    if (word == "auto") return Auth::kAutomatic;
    if (word == "plain") return Auth::kPlain;
    if (word == "login") return Auth::kLogin;
    if (word == "cram-md5") return Auth::kCramMd5;
    if (word == "xoauth2") return Auth::kXOAuth2;
    throw ConfigError("auth is '" + first_line(word, 16) + "': use auto, plain, login, cram-md5 or xoauth2");
}

Texts TextOf(const Config& config, const std::string& at) {
    Texts texts;
    if (config.has(at)) texts.items.emplace_back(at, config.str(at));
    return texts;
}

// A text of addresses or a list of texts. What is no template is checked here, the rest with each event.
Texts MailboxesOf(const Config& config, const std::string& at) {
    Texts texts;
    texts.is_list = config.size(at) > 0;
    if (!texts.is_list) {
        const std::string text = config.str(at, "");
        if (!text.empty()) texts.items.emplace_back(at, text);
    }
    for (std::size_t i = 0; i < config.size(at); ++i) {
        std::string item = at + "/" + std::to_string(i);
        texts.items.emplace_back(item, config.str(item));
    }
    for (const auto& [pointer, text] : texts.items) {
        if (IsTemplate(text)) continue;
        try {
            if (texts.is_list) {
                ParseMailbox(text);
            } else {
                ParseMailboxes(text);
            }
        } catch (const ConfigError& e) {
            throw ConfigError(pointer.substr(1) + ": " + e.what());
        }
    }
    return texts;
}

void ReadHeaders(const Config& config, Options& options) {
    for (std::size_t i = 0; i < config.size("/headers"); ++i) {
        std::string name = config.key("/headers", i);
        CheckHeaderName(name);
        for (const auto& header : options.headers) {
            if (equal_ignoring_case(header.first, name)) {
                throw ConfigError("headers: '" + name + "' stands there twice: remove one");
            }
        }
        Texts value = TextOf(config, pointer("/headers", name));
        options.headers.emplace_back(std::move(name), std::move(value));
    }
}

void ReadLogin(const Config& config, Options& options) {
    options.username = config.str("/username", "");
    options.auth = AuthOf(config.str("/auth", "auto"));
    const bool has_password = config.find_secret("/password").has_value();
    if (options.username.empty() && has_password) throw ConfigError("there is a password, but no username: set it");
    if (!options.username.empty() && !has_password) throw ConfigError("there is a username, but no password: set it");
    // SASL PLAIN separates by NUL (RFC 4616, 2).
    if (options.username.find('\0') != std::string::npos)
        throw ConfigError("username holds a NUL character: remove it");
}

std::string PathOf(const Config& config, const char* at) {
    std::string path = config.str(at, "");
    if (path.find('\0') != std::string::npos)
        throw ConfigError(std::string(at + 1) + " holds a NUL character: remove it");
    if (!path.empty() && path.front() != '/') {
        throw ConfigError(std::string(at + 1) + " '" + first_line(path, 128) + "' is not absolute: start it with '/'");
    }
    return path;
}

std::string EhloOf(const Config& config) {
    std::string name = config.str("/ehlo", "");
    const bool clean = std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (!clean) throw ConfigError("ehlo holds a space, a control character or a letter beyond ASCII: remove it");
    return name;
}

}  // namespace

void CheckHeaderName(std::string_view name) {
    const std::string shown = "headers: '" + first_line(name, 64) + "' ";
    const bool legal = !name.empty() && name.size() <= 76 &&
                       std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7F && c != ':'; });
    if (!legal) throw ConfigError(shown + "is not a header name: use up to 76 letters, digits and '-'");
    const bool reserved = starts_with_ignoring_case(name, "content-") || starts_with_ignoring_case(name, "resent-") ||
                          std::any_of(kReserved.begin(), kReserved.end(),
                                      [&](std::string_view taken) { return equal_ignoring_case(name, taken); });
    if (reserved) throw ConfigError(shown + "is made by fanfare or by another option: remove it");
}

Options ReadOptions(const Config& config) {
    Options options;
    options.host = HostOf(config);
    options.tls = TlsOf(config.str("/tls", "starttls"));
    options.port = PortOf(config, options.tls);
    options.ca_file = PathOf(config, "/ca_file");
    options.ehlo = EhloOf(config);
    options.receipts = PathOf(config, "/receipts");
    ReadLogin(config, options);
    try {
        options.from = ParseMailbox(config.str("/from"));
    } catch (const ConfigError& e) {
        throw ConfigError(std::string("from: ") + e.what());
    }
    options.to = MailboxesOf(config, "/to");
    options.cc = MailboxesOf(config, "/cc");
    options.bcc = MailboxesOf(config, "/bcc");
    if (options.to.items.empty() && options.cc.items.empty() && options.bcc.items.empty()) {
        throw ConfigError("there is no recipient: set to, cc or bcc");
    }
    options.reply_to = MailboxesOf(config, "/reply_to");
    options.subject = TextOf(config, "/subject");
    options.text = TextOf(config, "/text");
    options.html = TextOf(config, "/html");
    ReadHeaders(config, options);
    options.connections = static_cast<std::size_t>(std::clamp<std::int64_t>(config.i64("/connections", 2), 1, 16));
    options.idle = std::chrono::seconds(config.i64("/idle", 60));
    return options;
}

}  // namespace fanfare::plugins::smtp
