#include "http_client/head.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace fanfare::http_client {
namespace {

void Add(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(value.empty() ? ":" : ": ").append(value).append("\r\n");
}

bool Has(const Request& request, std::string_view name) {
    return std::any_of(request.headers.begin(), request.headers.end(),
                       [name](const auto& header) { return base::EqualsIgnoreCase(header.first, name); });
}

void AddTarget(std::string& out, std::string_view url) {
    const std::size_t authority = url.find("://") + 3;
    const std::size_t path = std::min(url.find_first_of("/?", authority), url.size());
    if (path == url.size() || url[path] == '?') out += '/';
    out.append(url.substr(path));
}

void AddHost(std::string& out, const Target& target) {
    out.append("Host: ").append(target.host);
    if (target.port != 80) out.append(":").append(std::to_string(target.port));
    out.append("\r\n");
}

}  // namespace

bool SendsEmptyBody(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

void WriteHead(const Request& request, const Target& target, std::string_view user_agent,
               std::string_view authorization, std::string& out) {
    out.assign(request.method).append(" ");
    AddTarget(out, request.url);
    out.append(" HTTP/1.1\r\n");
    AddHost(out, target);
    if (!authorization.empty()) Add(out, "Authorization", authorization);
    if (!user_agent.empty() && !Has(request, "user-agent")) Add(out, "User-Agent", user_agent);
    if (!Has(request, "accept")) Add(out, "Accept", "*/*");
    for (const auto& [name, value] : request.headers) Add(out, name, base::Trim(value));
    if (!request.body.empty() || SendsEmptyBody(request.method))
        Add(out, "Content-Length", std::to_string(request.body.size()));
    out.append("\r\n");
}

}  // namespace fanfare::http_client
