// fanfare/mask.hpp: the answer of a far side that repeats in it the secret that it was sent, without the secret.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include <fanfare/http.hpp>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN

// Every occurrence of `secret` becomes "***"; also its beginning at the end of the text, which may have been cut there.
inline void mask(std::string& text, std::string_view secret) {
    constexpr std::string_view kMask = "***";
    constexpr std::size_t kTellingStart = 4;  // what is shorter is there by chance
    if (secret.empty()) return;
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kMask.size())) {
        text.replace(at, secret.size(), kMask);
    }
    for (std::size_t length = std::min(secret.size() - 1, text.size()); length >= kTellingStart; --length) {
        const std::size_t at = text.size() - length;
        if (text.compare(at, length, secret, 0, length) != 0) continue;
        text.replace(at, length, kMask);
        return;
    }
}

// A response whose body has the secrets masked. Borrows headers and error of the one it was made from.
class MaskedResponse {
public:
    MaskedResponse(const HttpResponse& response, std::initializer_list<std::string_view> secrets)
        : body_(response.body()), raw_(response.raw()) {
        for (const std::string_view secret : secrets) mask(body_, secret);
        raw_.body = border_bytes(body_);
    }
    MaskedResponse(const MaskedResponse&) = delete;
    MaskedResponse& operator=(const MaskedResponse&) = delete;

    // As long as this lives.
    HttpResponse get() const noexcept { return HttpResponse(raw_); }

private:
    std::string body_;
    fanfare_http_response raw_;
};

FANFARE_SDK_END
