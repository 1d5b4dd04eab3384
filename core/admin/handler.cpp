#include "admin/handler.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/crypto.hpp"
#include "http/bearer.hpp"

namespace fanfare::admin {
namespace {

using base::Code;
using base::MakeError;

std::optional<std::string> PercentDecode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        if (i + 2 >= text.size()) return std::nullopt;
        const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
        if (error != std::errc() || end != text.data() + i + 3) return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

base::Result<std::map<std::string, std::string>> ParseQuery(std::string_view query) {
    std::map<std::string, std::string> parameters;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        const auto name = PercentDecode(pair.substr(0, pair.find('=')));
        const auto value =
            PercentDecode(pair.find('=') == std::string_view::npos ? "" : pair.substr(pair.find('=') + 1));
        if (!name || !value) return MakeError(Code::kInvalid, "the query is not percent-encoded");
        parameters[*name] = *value;
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
    }
    return parameters;
}

// Those of the operation, and no others.
base::Status TakeParameters(const Operation& operation, std::string_view query, Call& call) {
    auto given = ParseQuery(query);
    if (!given) return std::move(given).error();
    for (auto& [name, value] : *given) {
        const auto found = std::find_if(operation.parameters.begin(), operation.parameters.end(),
                                        [&](const Parameter& one) { return one.name == name; });
        if (found == operation.parameters.end()) {
            std::string known;
            for (const Parameter& one : operation.parameters) known += (known.empty() ? "" : ", ") + one.name;
            return MakeError(Code::kInvalid, "unknown parameter '" + name + "'; " +
                                                 (known.empty() ? "there is none here" : "there are " + known));
        }
        if (value.empty()) continue;
        if (!found->words.empty() && std::find(found->words.begin(), found->words.end(), value) == found->words.end()) {
            std::string words;
            for (const std::string& word : found->words) words += (words.empty() ? "" : ", ") + word;
            return MakeError(Code::kInvalid, name + " is '" + value + "'; it can be " + words);
        }
        call.query.emplace(name, std::move(value));
    }
    return {};
}

// "POST /v1/deliveries/retry?destination=team"
std::string WhatOf(const http::RequestHead& head) {
    std::string text(head.method);
    text.append(" ").append(head.path);
    if (!head.query.empty()) text.append("?").append(head.query);
    return text;
}

http::Response NotFound() {
    return http::Problem(404, "not-found", "the admin API has nothing there; GET /openapi.json says what it has");
}

http::Response NotThisMethod(const std::string& allowed) {
    http::Response response = http::Problem(405, "method-not-allowed", "this is asked for with " + allowed);
    response.headers.emplace_back("Allow", allowed);
    return response;
}

}  // namespace

bool Handler::MayEnter(const http::RequestHead& head) const {
    const bool is_probe = head.path == "/healthz" || head.path == "/readyz";
    if (tokens_.empty() || http::IsLocal(head.peer) || is_probe) return true;
    const base::Digest shown = base::Sha256(http::BearerOf(head));
    const base::Time now = clock_.Now();
    return std::any_of(tokens_.begin(), tokens_.end(), [&](const model::AccessToken& one) { return one.Opens(shown, now); });
}

std::optional<http::Response> Handler::OnHead(const http::RequestHead& head) {
    if (MayEnter(head)) return std::nullopt;
    refusals_.Note({"admin.refused", std::string(head.peer), {{"what", WhatOf(head)}, {"status", "401"}}});
    http::Response response = http::Problem(401, "unauthorized", "the admin API asks for a token: Authorization: Bearer TOKEN");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

void Handler::OnRequest(const http::Request& request, http::Exchange exchange) {
    const http::RequestHead& head = request.head;
    const std::string_view method = head.method == "HEAD" ? std::string_view("GET") : head.method;
    const Operation* other = nullptr;
    for (const Operation& operation : Operations()) {
        const auto id = operation.Match(head.path);
        if (!id) continue;
        if (operation.method != method) {
            other = &operation;
            continue;
        }
        Asked asked{std::string(*id), std::string(head.query), {}};
        exchange.OnGone([gone = asked.gone]() mutable { gone.request_stop(); });
        if (audit_ != nullptr && operation.method != "GET")
            return PerformAudited(operation, std::move(asked), head, std::move(exchange));
        return Perform(operation, std::move(asked), std::move(exchange));
    }
    exchange.Respond(other != nullptr ? NotThisMethod(other->method) : NotFound());
}

void Handler::Perform(const Operation& operation, Asked asked, http::Exchange exchange) {
    Call call;
    call.gone = std::move(asked.gone);
    auto decoded = PercentDecode(asked.id);
    if (!decoded) return exchange.Respond(http::Problem(MakeError(Code::kInvalid, "the path is not percent-encoded")));
    call.id = *std::move(decoded);
    if (const base::Status taken = TakeParameters(operation, asked.query, call); !taken) return exchange.Respond(http::Problem(taken.error()));
    (api_.*operation.run)(call, std::move(exchange));
}

void Handler::PerformAudited(const Operation& operation, Asked asked, const http::RequestHead& head, http::Exchange exchange) {
    const std::string who(head.peer);
    const auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    audit_->Append({"admin.asked", who, {{"what", WhatOf(head)}}},
                   [this, &operation, asked = std::move(asked), who, shared](base::Result<std::uint64_t> number) {
                       if (!number) {
                           return shared->Respond(http::Problem(503, "not-audited", "nothing is changed while it cannot be audited: " +
                                                                                        number.error().message));
                       }
                       shared->Watch([audit = audit_, who, number = *number](int status) {
                           audit->Append({"admin.answered", who, {{"asked", std::to_string(number)}, {"status", std::to_string(status)}}});
                       });
                       Perform(operation, asked, std::move(*shared));
                   });
}

}  // namespace fanfare::admin
