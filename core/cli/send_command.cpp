#include <sysexits.h>

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "cli/api.hpp"
#include "cli/event_input.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "config/config.hpp"

namespace fanfare::cli {
namespace {

std::string IngestUrl(const Arguments& arguments) {
    std::string base = arguments.Get("to");
    if (base.empty()) {
        const config::Server server = config::Load(arguments.config).config.server;
        base = (server.tls ? "https://" : "http://") + server.listen;
    }
    while (base.ends_with('/')) base.pop_back();
    const std::string realm = arguments.Get("realm");
    return base + (realm.empty() ? "/v1/events" : "/v1/realms/" + PercentEncode(realm) + "/events");
}

using Headers = std::vector<std::pair<std::string, std::string>>;

http_client::Request MakeRequest(const std::string& url, Headers headers, std::string body) {
    http_client::Request request;
    request.method = "POST";
    request.url = url;
    request.body = std::move(body);
    request.headers = std::move(headers);
    // Not an option: the command line is everyone's to read.
    if (const char* const token = std::getenv("FANFARE_TOKEN"); token != nullptr && *token != '\0') {
        request.headers.emplace_back("Authorization", "Bearer " + std::string(token));
    }
    return request;
}

std::string Remark(const json::Value& accepted) {
    if (accepted.value("dropped", false)) return "changes nothing, dropped";
    return accepted.value("duplicate", false) ? "known already, nothing sent" : "";
}

using Headers = std::vector<std::pair<std::string, std::string>>;

// Up to the first error. What was accepted goes to `table`, or out as JSON.
int SendAll(const Arguments& arguments, const std::vector<std::string>& files, const Headers& headers, Table& table) {
    const std::string url = IngestUrl(arguments);
    std::optional<Progress> progress;
    if (files.size() > 1 && !arguments.json) progress.emplace("sent", files.size());
    std::uint64_t sent = 0;
    for (const std::string& file : files) {
        auto body = ReadAll(file);
        if (!body) return Fail(EX_NOINPUT, "cannot read '" + file + "'");
        const Reply reply = Call(arguments, MakeRequest(url, headers, *std::move(body)), "the daemon at " + url);
        if (reply.exit_status != EX_OK) return reply.exit_status;
        if (!reply.body.contains("accepted")) return Fail(EX_PROTOCOL, url + " is not the ingest API of fanfare");
        for (const json::Value& one : reply.body["accepted"]) {
            if (arguments.json) PrintLine(one);
            table.Add({file, one.value("id", ""), std::to_string(one.value("deliveries", 0)), Remark(one)});
        }
        if (progress) progress->Show(++sent);
    }
    return EX_OK;
}

}  // namespace

int RunSend(const Arguments& arguments) {
    const auto headers = EventHeaders(arguments);
    if (!headers) return Fail(EX_USAGE, headers.error().message);
    std::vector<std::string> files = arguments.positional;
    if (files.empty()) files.push_back("-");
    Table table({"FILE", "EVENT", "DELIVERIES", ""});
    const int exit_status = SendAll(arguments, files, *headers, table);
    // After an error too: what stands there is durable.
    if (!arguments.json && !table.empty()) table.Print();
    return exit_status;
}

}  // namespace fanfare::cli
