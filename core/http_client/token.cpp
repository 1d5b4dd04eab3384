#include "http_client/token.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "http_client/scrub.hpp"
#include "json/value.hpp"

namespace fanfare::http_client {
namespace {

using std::chrono::seconds;

// A token is renewed so long before its end, or a fifth of its life if that is less.
constexpr seconds kRenewBefore{60};
constexpr std::int64_t kLongestLife = 365LL * 24 * 3600;
constexpr std::size_t kMaxDescription = 200;

// application/x-www-form-urlencoded, RFC 6749, appendix B.
std::string FormEncode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                           c == '.' || c == '_' || c == '*';
        if (plain)
            out += c;
        else if (c == ' ')
            out += '+';
        else
            out += "%" + base::EncodeHex({&c, 1});
    }
    return out;
}

std::string MemberOf(const json::Value& answer, const char* name) {
    const auto member = answer.find(name);
    return member != answer.end() && member->is_string() ? member->get<std::string>() : std::string();
}

// A number, or as some servers write it, a number in quotes.
std::int64_t LifeOf(const json::Value& answer) {
    constexpr std::int64_t kUsual = std::chrono::duration_cast<seconds>(Token::kUsualLife).count();
    const auto member = answer.find("expires_in");
    if (member == answer.end()) return kUsual;
    std::int64_t life = kUsual;
    if (member->is_number()) life = static_cast<std::int64_t>(std::clamp(member->get<double>(), 0.0, 1e15));
    if (member->is_string()) life = std::strtoll(member->get_ref<const std::string&>().c_str(), nullptr, 10);
    return std::clamp<std::int64_t>(life, 0, kLongestLife);
}

std::string OneLine(std::string text) {
    text.resize(std::min(text.size(), kMaxDescription));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return text;
}

// RFC 6750, section 2.1: b64token, and so nothing that could end the header.
bool IsToken(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

const base::Secret* Token::Header(base::SteadyTime now) const {
    return header_.empty() || now >= ends_at_ ? nullptr : &header_;
}

const std::string* Token::Failure(base::SteadyTime now) const {
    return failure_.empty() || now >= failed_until_ ? nullptr : &failure_;
}

bool Token::IsDue(base::SteadyTime now) const {
    return !asking_ && Failure(now) == nullptr && (header_.empty() || now >= renew_at_);
}

Request Token::Ask(base::SteadyTime now) {
    asking_ = true;
    Request request;
    request.method = "POST";
    request.url = client_.token_url;
    request.deadline = now + kPatience;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    request.body = "grant_type=client_credentials";
    const std::string id = FormEncode(client_.client_id);
    const std::string secret = FormEncode(client_.client_secret.Reveal());
    if (client_.secret_in_body)
        request.body += "&client_id=" + id + "&client_secret=" + secret;
    else
        request.headers.emplace_back("Authorization", "Basic " + base::EncodeBase64(id + ":" + secret));
    if (!client_.scope.empty()) request.body += "&scope=" + FormEncode(client_.scope);
    if (!client_.audience.empty()) request.body += "&audience=" + FormEncode(client_.audience);
    return request;
}

void Token::Take(const Response& response, base::SteadyTime now) {
    asking_ = false;
    if (const base::Status read = Read(response, now); !read) {
        failure_ = read.error().message;
        failed_until_ = now + kFailureRemembered;
        return;
    }
    failure_.clear();
}

base::Status Token::Read(const Response& response, base::SteadyTime now) {
    const auto fault = [&](const std::string& why) {
        return base::MakeError(base::Code::kIo, "no access token from the 'token_url' of the destination: " + why);
    };
    if (response.end != End::kDone) return fault(response.error);
    if (response.status != 200) return fault(Reason(response));
    const auto answer = json::Parse(response.body);
    if (!answer || !answer->is_object()) return fault("the answer is not a JSON object");
    const std::string type = MemberOf(*answer, "token_type");
    if (!type.empty() && !base::EqualsIgnoreCase(type, "bearer")) return fault("the token is not of the type 'bearer'");
    const std::string token = MemberOf(*answer, "access_token");
    if (!IsToken(token)) return fault("the answer has no 'access_token'");
    const seconds life(LifeOf(*answer));
    if (life == seconds(0)) return fault("the token has ended as it comes ('expires_in' is 0)");
    header_ = base::Secret("Bearer " + token);
    ends_at_ = now + life;
    renew_at_ = ends_at_ - std::min(kRenewBefore, life / 5);
    return {};
}

// RFC 6749, section 5.2. The server's words, which may hold ours.
std::string Token::Reason(const Response& response) const {
    std::string reason = "HTTP " + std::to_string(response.status);
    const auto answer = json::Parse(response.body);
    if (!answer || !answer->is_object()) return reason;
    for (const char* name : {"error", "error_description"}) {
        std::string words = MemberOf(*answer, name);
        Scrub(client_.client_secret.Reveal(), words);
        if (!words.empty()) reason += ", " + OneLine(std::move(words));
    }
    return reason;
}

void Token::Refuse(const base::Secret& header) {
    if (header.Reveal() == header_.Reveal()) header_ = {};
}

}  // namespace fanfare::http_client
