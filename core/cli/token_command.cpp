// Tokens of realms. The daemon knows their hashes only; so a token is shown once, when it is made.
#include <sysexits.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "cli/api.hpp"
#include "cli/command.hpp"
#include "http/bearer.hpp"
#include "json/value.hpp"

namespace fanfare::cli {
namespace {

// For scanners that look for secrets where there should be none.
constexpr std::string_view kPrefix = "fanfare_";
constexpr std::size_t kRandomBytes = 32;
// What 128 random bits take in base64url.
constexpr std::size_t kShortest = 22;
constexpr std::size_t kLongest = 4096;

std::string HashOf(std::string_view token) { return "sha256:" + base::EncodeHex(base::BytesOf(base::Sha256(token))); }

}  // namespace

int RunTokenNew(const Arguments& arguments) {
    const std::string realm = arguments.Get("realm");
    if (arguments.options.contains("realm") && !base::IsName(realm)) {
        return Fail(EX_USAGE, "'" + realm +
                                  "' is no name for a realm: 1 to 64 letters, digits, '.', '_' or '-', a "
                                  "letter or digit first");
    }
    const std::string token = std::string(kPrefix) + base::EncodeBase64Url(base::RandomBytes(kRandomBytes));
    const std::string hash = HashOf(token);
    if (arguments.json) {
        json::Value out{{"token", token}, {"hash", hash}};
        if (!realm.empty()) out["realm"] = realm;
        std::printf("%s\n", json::Dump(out).c_str());
        return EX_OK;
    }
    std::printf("%s\n", token.c_str());
    std::fprintf(stderr,
                 "This token is shown only now: give it to the sender. Into the configuration goes its hash:\n"
                 "[realm.%s]\n"
                 "tokens = [\"%s\"]\n",
                 realm.empty() ? "NAME" : realm.c_str(), hash.c_str());
    return EX_OK;
}

int RunTokenHash(const Arguments& arguments) {
    std::string token;
    for (char c = 0; token.size() <= kLongest && std::cin.get(c) && c != '\n';) token += c;
    if (token.ends_with('\r')) token.pop_back();
    if (token.empty()) return Fail(EX_DATAERR, "there is no token on standard input");
    if (!http::IsBearerToken(token)) {
        return Fail(EX_DATAERR,
                    "the token has a character that cannot stand in an Authorization header: use letters, "
                    "digits and -._~+/");
    }
    if (token.size() < kShortest || token.size() > kLongest) {
        return Fail(EX_DATAERR,
                    "a token has 22 to 4096 characters, since a short one can be guessed; 'fanfare token "
                    "new' makes a good one");
    }
    const std::string hash = HashOf(token);
    std::printf("%s\n", arguments.json ? json::Dump({{"hash", hash}}).c_str() : hash.c_str());
    return EX_OK;
}

}  // namespace fanfare::cli
