#include "http_client/scrub.hpp"

namespace fanfare::http_client {
namespace {

constexpr std::size_t kShortest = 4;
constexpr std::string_view kMask = "***";

}  // namespace

void Scrub(std::string_view secret, std::string& text) {
    if (secret.size() < kShortest) return;
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kMask.size()))
        text.replace(at, secret.size(), kMask);
}

void Scrub(std::string_view secret, Response& response) {
    Scrub(secret, response.body);
    Scrub(secret, response.error);
    for (auto& [name, value] : response.headers) Scrub(secret, value);
}

std::string_view CredentialOf(const base::Secret& authorization) {
    const std::string_view header = authorization.Reveal();
    return header.substr(header.find(' ') + 1);
}

}  // namespace fanfare::http_client
