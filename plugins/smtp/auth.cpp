#include "auth.hpp"

#include <Poco/HMACEngine.h>
#include <Poco/MD5Engine.h>

#include <fanfare/base64.hpp>

namespace fanfare::plugins::smtp {
namespace {

constexpr int kGoOn = 334;

// Text that holds a secret: wiped when it goes.
class Hidden {
public:
    Hidden() = default;
    Hidden(const Hidden&) = delete;
    Hidden& operator=(const Hidden&) = delete;
    ~Hidden() { Secret::wipe(text.data(), text.size()); }
    std::string text;
};

Reply AskInBase64(const Ask& ask, std::string_view command, std::string_view secret) {
    Hidden line;
    line.text.reserve(command.size() + secret.size() * 4 / 3 + 4);
    line.text = command;
    append_base64(line.text, secret);
    return ask(line.text);
}

Reply Plain(std::string_view username, std::string_view password, const Ask& ask) {
    Hidden message;
    message.text.reserve(username.size() + password.size() + 2);
    message.text.append(1, '\0').append(username).append(1, '\0').append(password);
    return AskInBase64(ask, "AUTH PLAIN ", message.text);
}

Reply Login(std::string_view username, std::string_view password, const Ask& ask) {
    Reply reply = ask("AUTH LOGIN");
    if (reply.code == kGoOn) reply = ask(base64(username));
    if (reply.code == kGoOn) reply = AskInBase64(ask, "", password);
    return reply;
}

Reply CramMd5(std::string_view username, std::string_view password, const Ask& ask) {
    Reply reply = ask("AUTH CRAM-MD5");
    if (reply.code != kGoOn) return reply;
    const auto challenge = parse_base64(reply.lines.empty() ? "" : reply.lines.front());
    if (!challenge) return ask("*");  // RFC 4954, 4: gives up
    Poco::HMACEngine<Poco::MD5Engine> engine(std::string{password});
    engine.update(*challenge);
    return ask(base64(std::string(username) + " " + Poco::DigestEngine::digestToHex(engine.digest())));
}

Reply XOAuth2(std::string_view username, std::string_view token, const Ask& ask) {
    Hidden message;
    message.text.reserve(username.size() + token.size() + 32);
    message.text.append("user=").append(username).append("\1auth=Bearer ").append(token).append("\1\1");
    Reply reply = AskInBase64(ask, "AUTH XOAUTH2 ", message.text);
    if (reply.code == kGoOn) reply = ask("");
    return reply;
}

}  // namespace

Reply LogInWith(Auth mechanism, std::string_view username, std::string_view password, const Ask& ask) {
    switch (mechanism) {
        case Auth::kAutomatic:
        case Auth::kPlain:
            return Plain(username, password, ask);
        case Auth::kLogin:
            return Login(username, password, ask);
        case Auth::kCramMd5:
            return CramMd5(username, password, ask);
        case Auth::kXOAuth2:
            return XOAuth2(username, password, ask);
    }
    return {};
}

const char* NameOf(Auth mechanism) {
    switch (mechanism) {
        case Auth::kAutomatic:
            return "";
        case Auth::kPlain:
            return "PLAIN";
        case Auth::kLogin:
            return "LOGIN";
        case Auth::kCramMd5:
            return "CRAM-MD5";
        case Auth::kXOAuth2:
            return "XOAUTH2";
    }
    return "";
}

}  // namespace fanfare::plugins::smtp
