// fanfare/url.hpp: the address of a far side as an operator writes it, checked; parts of a URL, percent-encoded.
//
// Errors: ConfigError. No text of an error shows more of a URL than its scheme: the rest may hold a secret.
// Source: RFC 3986, sections 2.3 (unreserved characters), 3.2 (authority), 3.5 (fragment).
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <fanfare/host.hpp>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN

namespace detail {

// "name", "name:443", "[::1]:8080"
inline bool is_authority(std::string_view text) {
    std::size_t host_end = text.find(':');
    if (!text.empty() && text.front() == '[') {
        host_end = text.find(']');
        if (host_end == std::string_view::npos) return false;
        ++host_end;
    }
    const std::string_view host = text.substr(0, host_end);
    if (host.empty() || host == "[]") return false;
    if (host.size() == text.size()) return true;
    const std::string_view port = text.substr(host.size() + 1);
    return text[host.size()] == ':' && !port.empty() && port.size() <= 5 &&
           port.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace detail

// host[:port] of an http or https URL. `option` names it in errors.
inline std::string authority_of(std::string_view url, std::string_view option) {
    const auto fault = [&](const char* text) { return ConfigError(std::string(option) + text); };
    const bool clean = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (!clean) throw fault(" holds a space, a control character or a letter beyond ASCII: percent-encode it");
    const bool http = starts_with_ignoring_case(url, "http://");
    if (!http && !starts_with_ignoring_case(url, "https://")) {
        throw fault(" does not start with http:// or https://: write the whole address");
    }
    if (url.find('#') != std::string_view::npos) throw fault(" has a fragment (#...): remove it");
    std::string_view authority = url.substr(http ? 7 : 8);
    authority = authority.substr(0, authority.find_first_of("/?\\"));
    if (authority.find('@') != std::string_view::npos) {
        throw fault(" has a user name before the host: put credentials where this plugin has an option for them");
    }
    if (!detail::is_authority(authority)) throw fault(" names no host, or a port that is no number: correct it");
    return std::string(authority);
}

// An address that paths are appended to: http or https, no query, without the slashes at its end.
inline std::string base_url(std::string_view url, std::string_view option) {
    authority_of(url, option);
    if (url.find('?') != std::string_view::npos) {
        throw ConfigError(std::string(option) + " has a query (?...): remove it");
    }
    while (url.back() == '/') url.remove_suffix(1);
    return std::string(url);
}

// The path of a base_url: "" or "/a/b".
inline std::string_view path_of(std::string_view base) {
    const std::size_t slash = base.find('/', base.find("://") + 3);
    return slash == std::string_view::npos ? std::string_view() : base.substr(slash);
}

// Percent-encodes all but unreserved characters: one segment of a path, or a value in a query.
inline void append_percent_encoded(std::string& out, std::string_view text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const char lower = ascii_lower(c);
        const bool unreserved =
            (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved) {
            out += c;
        } else {
            out += {'%', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
}

// What append_percent_encoded made, and any other text, read back: what is no "%" with two digits stays as it is.
inline std::string percent_decoded(std::string_view text) {
    const auto digit = [](char c) {
        const char lower = ascii_lower(c);
        return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool has_digits = text[i] == '%' && i + 2 < text.size();
        const int high = has_digits ? digit(text[i + 1]) : -1;
        const int low = has_digits ? digit(text[i + 2]) : -1;
        const bool encoded = high >= 0 && low >= 0;
        out += encoded ? static_cast<char>(high * 16 + low) : text[i];
        if (encoded) i += 2;
    }
    return out;
}

FANFARE_SDK_END
