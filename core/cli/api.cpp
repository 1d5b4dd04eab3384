#include "cli/api.hpp"

#include <sysexits.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/text.hpp"
#include "cli/table.hpp"
#include "config/config.hpp"

namespace fanfare::cli {
namespace {

constexpr std::string_view kUnix = "unix:";

std::string AdminAddress(const Arguments& arguments) {
    if (!arguments.admin.empty()) return arguments.admin;
    return config::Load(arguments.config).config.server.admin;
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

Reply Ask(http_client::Request request, const std::string& what, std::chrono::seconds timeout) {
    request.deadline = std::chrono::steady_clock::now() + timeout;
    request.max_response_bytes = 64u << 20;
    const http_client::Response response = http_client::Call(request);
    if (response.end != http_client::End::kDone) return {EX_UNAVAILABLE, {}, what + " does not answer: " + response.error};
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

Reply Call(http_client::Request request, const std::string& what) {
    return Printed(Ask(std::move(request), what, kUsualTimeout));
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
        request.url = "http://" + address + path;
        const char* const token = std::getenv("FANFARE_ADMIN_TOKEN");
        if (token != nullptr && *token != '\0') request.headers.emplace_back("Authorization", std::string("Bearer ") + token);
    }
    Reply reply = Ask(std::move(request), "the daemon at " + address, timeout);
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
