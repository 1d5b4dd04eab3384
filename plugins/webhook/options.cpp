#include "options.hpp"

#include <algorithm>
#include <array>

#include <fanfare/text.hpp>
#include <fanfare/url.hpp>

namespace fanfare::plugins::webhook {

namespace {

// Reserved for this plugin (Standard Webhooks, CloudEvents binding) or for the HTTP client (RFC 9110, 7.6.1; RFC 9112).
constexpr std::array<std::string_view, 11> kReserved = {
    "content-length", "host", "connection", "transfer-encoding", "idempotency-key", "keep-alive", "upgrade",
    "trailer",        "te",   "expect",     "proxy-connection"};

bool IsToken(std::string_view name) {
    constexpr std::string_view kSymbols = "!#$%&'*+-.^_`|~";  // RFC 9110, 5.6.2
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
               kSymbols.find(c) != std::string_view::npos;
    });
}

bool IsReserved(std::string_view name) {
    return starts_with_ignoring_case(name, "webhook-") ||
           std::any_of(kReserved.begin(), kReserved.end(),
                       [&](std::string_view reserved) { return equal_ignoring_case(name, reserved); });
}

// RFC 9110, 5.5: no control characters but the tab.
bool IsFieldValue(std::string_view value) {
    return std::all_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    });
}

std::string Shown(std::string_view name) { return "headers: '" + first_line(name, 64) + "' "; }

void AddHeader(Options& options, std::string name, std::string value) {
    CheckHeader(name, value, /*with_attributes*/ true);
    for (const auto& [earlier, _] : options.headers) {
        if (equal_ignoring_case(earlier, name)) throw ConfigError(Shown(name) + "stands there twice: remove one");
    }
    options.has_content_type = options.has_content_type || equal_ignoring_case(name, "content-type");
    options.headers.emplace_back(std::move(name), std::move(value));
}

std::vector<std::string> SecretsOf(const Config& config) {
    if (config.find_secret("/secret")) return {"/secret"};
    std::vector<std::string> found;
    for (;;) {
        std::string at = "/secret/" + std::to_string(found.size());
        if (!config.find_secret(at)) return found;
        found.push_back(std::move(at));
    }
}

}  // namespace

void CheckHeader(std::string_view name, std::string_view value, bool with_attributes) {
    if (!IsToken(name)) throw ConfigError(Shown(name) + "is not a header name: use letters, digits and '-'");
    if (IsReserved(name) || (with_attributes && starts_with_ignoring_case(name, "ce-"))) {
        throw ConfigError(Shown(name) + "is set by fanfare itself: remove it");
    }
    if (!IsFieldValue(value)) {
        throw ConfigError(Shown(name) + "has a line break or control character in its value: remove it");
    }
}

Options ReadOptions(const Config& config) {
    Options options;
    options.url = config.str("/url");
    // Of a template, what stands before its first tag; what it renders to is checked with each event.
    const std::size_t tag = options.url.find("{{");
    options.url_is_template = tag != std::string::npos;
    options.authority = authority_of(std::string_view(options.url).substr(0, tag), "url");
    options.method = config.str("/method", "POST");
    if (options.method != "POST" && options.method != "PUT" && options.method != "PATCH") {
        throw ConfigError("method is '" + first_line(options.method, 16) + "': use POST, PUT or PATCH");
    }
    for (std::size_t i = 0; i < config.size("/headers"); ++i) {
        std::string name = config.key("/headers", i);
        std::string value = config.str(pointer("/headers", name));
        AddHeader(options, std::move(name), std::move(value));
    }
    options.secrets = SecretsOf(config);
    return options;
}

}  // namespace fanfare::plugins::webhook
