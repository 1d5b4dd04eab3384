// Where credentials come from: decided from options, environment and shared files, without a request. Pure.
//
// Order, as AWS's own tools have it: options; the profile that an option names; environment variables; web identity;
// the usual profile; container; instance metadata.
// Source: AWS SDKs and Tools Reference Guide, "Credential provider chain", "Assume role", "Web identity", "Container
// credential provider", "IMDS credential provider"; botocore's order.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "aws/keys.hpp"
#include "aws/surroundings.hpp"

namespace fanfare::plugins::aws {

struct Role {
    std::string arn;
    std::string session_name;
    std::string external_id;  // empty: none
};

// Nothing can be had; `why` is a sentence with the remedy.
struct Nowhere {
    std::string why;
};
struct WebIdentity {  // STS AssumeRoleWithWebIdentity
    Role role;
    std::string token_file;
};
struct Container {  // Amazon ECS, EKS Pod Identity
    std::string url;
    std::string token;       // the value of Authorization; empty: none
    std::string token_file;  // the same, read at each use
};
struct InstanceMetadata {  // Amazon EC2, IMDSv2
    std::string endpoint;
};

struct Plan {
    std::variant<Nowhere, KeysPtr, WebIdentity, Container, InstanceMetadata> from = Nowhere{};
    std::optional<Role> assume;  // with the credentials from there: STS AssumeRole
    bool changes = true;         // false: the options hold the keys, nobody else will bring others
};

// What the operator asked for.
struct Wanted {
    KeysPtr keys;         // nullptr: not in the options
    std::string profile;  // empty: not in the options
    Role role;            // arn empty: not in the options
};

Plan PlanOf(const Wanted& wanted, const Surroundings& surroundings);

// In words, for reasons: "the instance metadata service".
std::string Describe(const Plan& plan);

}  // namespace fanfare::plugins::aws
