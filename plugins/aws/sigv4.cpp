#include "aws/sigv4.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fanfare/host.hpp>
#include <fanfare/text.hpp>

#include "aws/text.hpp"

namespace fanfare::plugins::aws {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::array<std::string_view, 3> kUnsigned = {"expect", "user-agent", "x-amzn-trace-id"};

std::string Hex(const Digest& digest) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    for (const std::uint8_t byte : digest) out += {kHex[byte >> 4], kHex[byte & 15]};
    return out;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// RFC 3986, 5.2.4; and runs of slashes become one.
std::string CanonicalPath(std::string_view path) {
    std::vector<std::string_view> kept;
    for (const std::string_view segment : Split(path, '/')) {
        if (segment == "..") {
            if (!kept.empty()) kept.pop_back();
        } else if (!segment.empty() && segment != ".") {
            kept.push_back(segment);
        }
    }
    std::string out;
    for (const std::string_view segment : kept) out.append(1, '/').append(PercentEncode(segment));
    const bool ends_open = kept.empty() || path.back() == '/';
    return ends_open ? out + '/' : out;
}

std::string CanonicalQuery(std::string_view query) {
    if (query.empty()) return {};
    std::vector<std::pair<std::string_view, std::string_view>> pairs;
    for (const std::string_view part : Split(query, '&')) {
        const std::size_t equals = part.find('=');
        const bool has_value = equals != std::string_view::npos;
        pairs.emplace_back(part.substr(0, equals), has_value ? part.substr(equals + 1) : std::string_view());
    }
    std::sort(pairs.begin(), pairs.end());
    std::string out;
    for (const auto& [name, value] : pairs) {
        if (!out.empty()) out += '&';
        out.append(name).append(1, '=').append(value);
    }
    return out;
}

// Trimmed, runs of white space as one space.
std::string CanonicalValue(std::string_view value) {
    std::string out;
    for (const char c : Trim(value)) {
        const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!space) {
            out += c;
        } else if (out.back() != ' ') {
            out += ' ';
        }
    }
    return out;
}

// host[:port] in lower case, without the port that the scheme has anyway: what an HTTP client sends as Host.
std::string HostHeader(const Url& url) {
    const std::string_view port = url.authority.substr(url.host.size());
    const bool usual = port == (equal_ignoring_case(url.scheme, "https") ? ":443" : ":80");
    return LowerCase(usual ? url.host : url.authority);
}

std::map<std::string, std::string> CanonicalHeaders(const SignedRequest& request, const Url& url) {
    std::map<std::string, std::string> out = {{"host", HostHeader(url)}};
    for (const auto& [name, value] : request.headers) {
        std::string lower = LowerCase(name);
        if (std::find(kUnsigned.begin(), kUnsigned.end(), lower) != kUnsigned.end()) continue;
        const auto [at, is_new] = out.emplace(std::move(lower), CanonicalValue(value));
        if (!is_new) at->second.append(1, ',').append(CanonicalValue(value));
    }
    return out;
}

Digest SigningKey(const Crypto& crypto, const Keys& keys, const Scope& scope, std::string_view day) {
    std::string first = "AWS4" + keys.secret_access_key;
    Digest key = crypto.hmac_sha256(first, day);
    Secret::wipe(first.data(), first.size());
    key = crypto.hmac_sha256(bytes_of(key), scope.region);
    key = crypto.hmac_sha256(bytes_of(key), scope.service);
    return crypto.hmac_sha256(bytes_of(key), "aws4_request");
}

}  // namespace

void Sign(const Crypto& crypto, const Keys& keys, const Scope& scope, std::int64_t unix_s, SignedRequest& request) {
    const auto url = ParseUrl(request.url);
    if (!url) throw ConfigError("the address of the AWS service is not an http or https URL");
    const std::string time = BasicTime(unix_s);
    request.headers.emplace_back("x-amz-date", time);
    if (!keys.session_token.empty()) request.headers.emplace_back("x-amz-security-token", keys.session_token);

    std::string names;
    std::string canonical;
    canonical.append(request.method).append(1, '\n').append(CanonicalPath(url->path)).append(1, '\n');
    canonical.append(CanonicalQuery(url->query)).append(1, '\n');
    for (const auto& [name, value] : CanonicalHeaders(request, *url)) {
        canonical.append(name).append(1, ':').append(value).append(1, '\n');
        if (!names.empty()) names += ';';
        names += name;
    }
    canonical.append(1, '\n').append(names).append(1, '\n').append(Hex(crypto.sha256(request.body)));

    const std::string day = time.substr(0, 8);
    const std::string where = day + '/' + scope.region + '/' + scope.service + "/aws4_request";
    std::string to_sign(kAlgorithm);
    to_sign.append(1, '\n').append(time).append(1, '\n').append(where).append(1, '\n').append(
        Hex(crypto.sha256(canonical)));
    const Digest signature = crypto.hmac_sha256(bytes_of(SigningKey(crypto, keys, scope, day)), to_sign);
    request.headers.emplace_back("authorization", std::string(kAlgorithm) + " Credential=" + keys.access_key_id + '/' +
                                                      where + ", SignedHeaders=" + names +
                                                      ", Signature=" + Hex(signature));
}

}  // namespace fanfare::plugins::aws
