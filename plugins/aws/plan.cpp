#include "aws/plan.hpp"

#include <array>

#include <fanfare/text.hpp>

#include "aws/profile.hpp"
#include "aws/text.hpp"

namespace fanfare::plugins::aws {

namespace {

using From = decltype(Plan::from);

constexpr char kSessionName[] = "fanfare";

std::string Or(std::string text, std::string_view fallback) { return text.empty() ? std::string(fallback) : text; }

std::optional<Plan> OfEnvironment(const Surroundings& around) {
    const auto id = around.variable("AWS_ACCESS_KEY_ID");
    if (!id) return std::nullopt;
    const auto secret = around.variable("AWS_SECRET_ACCESS_KEY");
    if (!secret) return Plan{Nowhere{"AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY: set both"}, {}};
    return Plan{std::make_shared<Keys>(*id, *secret, around.Variable("AWS_SESSION_TOKEN")), {}};
}

std::optional<Plan> OfWebIdentity(const Surroundings& around) {
    const auto file = around.variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (!file) return std::nullopt;
    const auto arn = around.variable("AWS_ROLE_ARN");
    if (!arn) return Plan{Nowhere{"AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN: set both"}, {}};
    const std::string name = Or(around.Variable("AWS_ROLE_SESSION_NAME"), kSessionName);
    return Plan{WebIdentity{{*arn, name, {}}, *file}, {}};
}

// The token goes with the request: plain HTTP only to this machine and to the addresses that ECS and EKS have for it.
bool MayTakeToken(const Url& url) {
    constexpr std::array<std::string_view, 6> kLocal = {"127.0.0.1",     "localhost",      "[::1]",
                                                        "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
    if (equal_ignoring_case(url.scheme, "https")) return true;
    for (const std::string_view host : kLocal) {
        if (equal_ignoring_case(url.host, host)) return true;
    }
    return false;
}

std::optional<Plan> OfContainer(const Surroundings& around) {
    Container container;
    if (const auto path = around.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
        container.url = "http://169.254.170.2" + *path;
    } else if (const auto full = around.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
        container.url = *full;
    } else {
        return std::nullopt;
    }
    const auto url = ParseUrl(container.url);
    if (!url || !MayTakeToken(*url)) {
        return Plan{Nowhere{"AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor on this machine: correct it"}, {}};
    }
    container.token = around.Variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    container.token_file = around.Variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    return Plan{std::move(container), {}};
}

Plan OfInstance(const Surroundings& around) {
    if (equal_ignoring_case(around.Variable("AWS_EC2_METADATA_DISABLED"), "true")) {
        return {
            Nowhere{"there are no AWS credentials: set access_key_id and secret_access_key, a profile, or the AWS_* "
                    "variables of the daemon"},
            {}};
    }
    const bool v6 = equal_ignoring_case(around.Variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), "ipv6");
    std::string endpoint = Or(around.Variable("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
                              v6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254");
    while (endpoint.back() == '/') endpoint.pop_back();
    return {InstanceMetadata{std::move(endpoint)}, {}};
}

// One profile; nullopt if it says nothing of credentials.
class OfProfile {
public:
    OfProfile(const Profiles& profiles, const Surroundings& around) : profiles_(profiles), around_(around) {}

    std::optional<Plan> Find(const std::string& name) const {
        const std::string arn = Value(name, "role_arn");
        if (!arn.empty()) return WithRole(name, arn);
        if (auto keys = KeysOf(name)) return keys;
        for (const char* unknown : {"credential_process", "sso_session", "sso_start_url"}) {
            if (Value(name, unknown).empty()) continue;
            return Refuse(name, std::string("uses ") + unknown + ", which fanfare does not run: use keys or a role");
        }
        return std::nullopt;
    }

private:
    std::string Value(const std::string& name, const std::string& key) const { return ValueOf(profiles_, name, key); }

    static Plan Refuse(const std::string& name, const std::string& what) {
        return {Nowhere{"AWS profile '" + first_line(name, 64) + "' " + what}, {}};
    }

    std::optional<Plan> KeysOf(const std::string& name) const {
        std::string id = Value(name, "aws_access_key_id");
        std::string secret = Value(name, "aws_secret_access_key");
        if (id.empty() && secret.empty()) return std::nullopt;
        if (id.empty() || secret.empty()) {
            return Refuse(name, "has only one of aws_access_key_id and aws_secret_access_key: add the other");
        }
        return Plan{std::make_shared<Keys>(std::move(id), std::move(secret), Value(name, "aws_session_token")), {}};
    }

    Plan WithRole(const std::string& name, const std::string& arn) const {
        Role role{arn, Or(Value(name, "role_session_name"), kSessionName), Value(name, "external_id")};
        const std::string token_file = Value(name, "web_identity_token_file");
        if (!token_file.empty()) return {WebIdentity{std::move(role), token_file}, {}};
        std::optional<Plan> plan = SourceOf(name);
        if (!plan) return Refuse(name, "has a role_arn, but its source_profile or credential_source gives no keys");
        plan->assume = std::move(role);
        return *std::move(plan);
    }

    std::optional<Plan> SourceOf(const std::string& name) const {
        const std::string source = Value(name, "credential_source");
        if (source == "Environment") return OfEnvironment(around_);
        if (source == "EcsContainer") return OfContainer(around_);
        if (source == "Ec2InstanceMetadata") return OfInstance(around_);
        const std::string profile = Value(name, "source_profile");
        if (profile.empty()) return std::nullopt;
        if (profile == name || !Value(profile, "aws_access_key_id").empty()) return KeysOf(profile);
        // A profile that has a source in turn is not followed: it could be a circle.
        std::optional<Plan> plan = Value(profile, "source_profile").empty() ? Find(profile) : std::nullopt;
        if (plan && plan->assume)
            return Refuse(name, "takes a role by way of another role: one is as far as fanfare goes");
        return plan;
    }

    const Profiles& profiles_;
    const Surroundings& around_;
};

Plan FirstOf(const Wanted& wanted, const Surroundings& around) {
    if (wanted.keys != nullptr) return {wanted.keys, {}, /*changes*/ false};
    if (wanted.profile.empty()) {
        if (auto plan = OfEnvironment(around)) return *std::move(plan);
        if (auto plan = OfWebIdentity(around)) return *std::move(plan);
    }
    const std::string name = wanted.profile.empty() ? UsualProfile(around) : wanted.profile;
    const Profiles profiles = ReadProfiles(around);
    if (auto plan = OfProfile(profiles, around).Find(name)) return *std::move(plan);
    if (!wanted.profile.empty() || around.variable("AWS_PROFILE")) {
        return {Nowhere{"AWS profile '" + first_line(name, 64) +
                        "' gives no credentials: add it to the shared credentials file of the daemon's user"},
                {}};
    }
    if (auto plan = OfContainer(around)) return *std::move(plan);
    return OfInstance(around);
}

}  // namespace

Plan PlanOf(const Wanted& wanted, const Surroundings& surroundings) {
    Plan plan = FirstOf(wanted, surroundings);
    if (!wanted.role.arn.empty()) {
        if (plan.assume) {
            return {Nowhere{"role_arn is set, and the profile takes a role of its own: remove one of the two"}, {}};
        }
        plan.assume = wanted.role;
        plan.assume->session_name = Or(plan.assume->session_name, kSessionName);
    }
    return plan;
}

std::string Describe(const Plan& plan) {
    struct Words {
        std::string operator()(const Nowhere&) const { return "nowhere"; }
        std::string operator()(const KeysPtr&) const { return "the configured keys"; }
        std::string operator()(const WebIdentity&) const { return "AWS STS (web identity)"; }
        std::string operator()(const Container&) const { return "the container credentials endpoint"; }
        std::string operator()(const InstanceMetadata&) const { return "the EC2 instance metadata service"; }
    };
    return std::visit(Words{}, plan.from);
}

}  // namespace fanfare::plugins::aws
