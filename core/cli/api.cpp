#include "cli/api.hpp"

#include <sysexits.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/text.hpp"
#include "cli/table.hpp"
#include "config/config.hpp"
#include "config/file.hpp"
#include "http_client/settings.hpp"

namespace fanfare::cli {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
constexpr std::size_t kMaxPem = 1u << 20;

// A Unix socket, or a URL without a path.
std::string AdminAddress(const Arguments& arguments) {
    std::string address = arguments.admin;
    if (address.empty()) {
        const config::Server server = config::Load(arguments.config).config.server;
        address = server.admin_tls ? std::string(kHttps) + server.admin : server.admin;
    }
    if (address.starts_with(kUnix)) return address;
    while (address.ends_with('/')) address.pop_back();
    const bool has_scheme = address.starts_with(kHttp) || address.starts_with(kHttps);
    return has_scheme ? address : std::string(kHttp) + address;
}

base::Result<std::string> ReadPem(const std::string& option, const std::string& path) {
    auto text = config::ReadFile(path, kMaxPem);
    if (text) return text;
    return base::MakeError(text.error().code, "cannot read --" + option + " " + path + ": " + text.error().message);
}

// null: the options say nothing of TLS.
base::Result<std::shared_ptr<const http_client::Settings>> SettingsOf(const Arguments& arguments) {
    if (arguments.ca.empty() && arguments.cert.empty() && arguments.key.empty())
        return std::shared_ptr<const http_client::Settings>();
    if (arguments.cert.empty() && !arguments.key.empty())
        return base::MakeError(base::Code::kInvalid, "--key belongs to a certificate: say --cert FILE too");
    auto settings = std::make_shared<http_client::Settings>();
    auto trust = http_client::Trust::Load(arguments.ca);
    if (!trust) return std::move(trust).error();
    settings->trust = *std::move(trust);
    if (!arguments.cert.empty()) {
        auto chain = ReadPem("cert", arguments.cert);
        if (!chain) return std::move(chain).error();
        auto key = arguments.key.empty() ? chain : ReadPem("key", arguments.key);
        if (!key) return std::move(key).error();
        settings->certificate.chain = *std::move(chain);
        settings->certificate.key = base::Secret(*std::move(key));
        if (base::Status good = settings->certificate.Check(); !good) return std::move(good).error();
    }
    return std::shared_ptr<const http_client::Settings>(std::move(settings));
}

// What to do, by what http_client says of TLS.
std::string RemedyFor(const std::string& error) {
    const auto says = [&error](std::string_view text) { return error.find(text) != std::string::npos; };
    if (says("has expired")) return "; renew it where the daemon runs, then 'fanfare reload'";
    if (says("is not trusted")) return "; name the authority that issued it: --ca FILE";
    if (says("is not for this name"))
        return "; write the address with a name that its certificate has: https://NAME:PORT";
    if (says("certificate required") || says("unknown ca") || says("bad certificate"))
        return "; it asks for a certificate of an authority of its own: --cert FILE --key FILE";
    return "";
}

int ExitStatusOf(int http_status) {
    if (http_status == 401 || http_status == 403) return EX_NOPERM;
    if (http_status == 404) return EX_NOINPUT;
    if (http_status == 503 || http_status == 429) return EX_TEMPFAIL;
    return http_status < 500 ? EX_DATAERR : EX_SOFTWARE;
}

std::string DetailOf(const http_client::Response& response, const json::Value& body) {
    std::string detail = "HTTP " + std::to_string(response.status);
    if (!body.is_object()) return detail;
    if (body.contains("detail") && body["detail"].is_string()) detail = body["detail"].get<std::string>();
    if (!body.contains("errors") || !body["errors"].is_array()) return detail;
    for (const json::Value& error : body["errors"]) {
        const std::string pointer = error.value("pointer", std::string());
        detail += "\n  " + pointer + (pointer.empty() ? "" : ": ") + error.value("detail", std::string());
    }
    return detail;
}

Reply Ask(const Arguments& arguments, http_client::Request request, const std::string& what,
          std::chrono::seconds timeout) {
    auto settings = SettingsOf(arguments);
    if (!settings) return {base::ExitStatus(settings.error().code), {}, settings.error().message};
    request.settings = *std::move(settings);
    request.deadline = std::chrono::steady_clock::now() + timeout;
    request.max_response_bytes = 64u << 20;
    const http_client::Response response = http_client::Call(request);
    if (response.end != http_client::End::kDone)
        return {EX_UNAVAILABLE, {}, what + " does not answer: " + response.error + RemedyFor(response.error)};
    auto body = json::Parse(response.body);
    if (response.status / 100 != 2) {
        return {ExitStatusOf(response.status), {}, DetailOf(response, body ? *body : json::Value())};
    }
    if (!body) return {EX_PROTOCOL, {}, what + " answers something that is not JSON; is it fanfare?"};
    return {EX_OK, *std::move(body), ""};
}

}  // namespace

int Fail(int exit_status, const std::string& message) {
    std::fprintf(stderr, "fanfare: %s\n", PrintableLines(message).c_str());
    return exit_status;
}

namespace {

Reply Printed(Reply reply) {
    if (reply.exit_status != EX_OK) Fail(reply.exit_status, reply.error);
    return reply;
}

}  // namespace

Reply Call(const Arguments& arguments, http_client::Request request, const std::string& what) {
    return Printed(Ask(arguments, std::move(request), what, kUsualTimeout));
}

Reply AskAdmin(const Arguments& arguments, const std::string& method, const std::string& path,
               std::chrono::seconds timeout) {
    const std::string address = AdminAddress(arguments);
    http_client::Request request;
    request.method = method;
    if (address.starts_with(kUnix)) {
        request.unix_socket = address.substr(kUnix.size());
        request.url = "http://localhost" + path;
    } else {
        request.url = address + path;
        const char* const token = std::getenv("FANFARE_ADMIN_TOKEN");
        if (token != nullptr && *token != '\0')
            request.headers.emplace_back("Authorization", std::string("Bearer ") + token);
    }
    Reply reply = Ask(arguments, std::move(request), "the daemon at " + address, timeout);
    if (reply.exit_status == EX_NOPERM) reply.error += "; FANFARE_ADMIN_TOKEN holds the token for the admin API";
    return reply;
}

Reply CallAdmin(const Arguments& arguments, const std::string& method, const std::string& path,
                std::chrono::seconds timeout) {
    return Printed(AskAdmin(arguments, method, path, timeout));
}

std::string PercentEncode(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
        } else {
            out += "%" + base::EncodeHex({&c, 1});
        }
    }
    return out;
}

}  // namespace fanfare::cli
