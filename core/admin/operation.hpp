// An operation of the admin API: what is routed, checked, documented and called by one entry of one table.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.hpp"

namespace fanfare::admin {

class Api;

struct Parameter {
    std::string name;
    std::string help;
    std::vector<std::string> words{};  // one of these; empty: any text
};

// A request, taken apart.
struct Call {
    std::string id;                            // what stands for {id} or {name} in the path, decoded
    std::map<std::string, std::string> query;  // only parameters of the operation; empty ones are left out
    std::stop_source gone{std::nostopstate};   // asked to stop once the client no longer waits for the answer

    std::string Get(const std::string& name) const {
        const auto found = query.find(name);
        return found == query.end() ? std::string() : found->second;
    }
};

struct Operation {
    std::string method;  // GET or POST
    std::string path;    // with at most one {id} or {name}
    std::string name;    // operationId: what generated clients call it, so it stays
    std::string summary;
    std::vector<Parameter> parameters;
    std::string answer;  // which of AnswerSchemas() a 200 has
    void (Api::*run)(const Call& call, http::Exchange exchange);

    // What stands for the name in braces, still encoded; empty if there is none; nullopt: another path.
    std::optional<std::string_view> Match(std::string_view actual) const;
};

// In the order of the document.
const std::vector<Operation>& Operations();

// The OpenAPI 3.0 document of them.
std::string OpenApiDocument(std::string_view version);

}  // namespace fanfare::admin
