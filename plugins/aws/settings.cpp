#include "aws/settings.hpp"

#include <memory>
#include <optional>

#include "aws/profile.hpp"
#include "aws/text.hpp"

namespace fanfare::plugins::aws {

namespace {

std::string RegionOf(const Config& config, const Service& service, const Surroundings& around) {
    const std::string option = config.str("/region", service.region);
    if (!option.empty()) return option;
    const std::string profile = config.str("/profile", "");
    if (profile.empty()) {
        for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
            if (const auto region = around.variable(name)) return *region;
        }
    }
    std::string region = ValueOf(ReadProfiles(around), profile.empty() ? UsualProfile(around) : profile, "region");
    if (region.empty()) throw ConfigError("region is missing: set it, or AWS_REGION for the daemon");
    return region;
}

// host_prefix.region.suffix; China has a domain of its own.
std::string UsualOrigin(const std::string& host_prefix, const std::string& region) {
    const bool china = region.compare(0, 3, "cn-") == 0;
    return "https://" + host_prefix + '.' + region + (china ? ".amazonaws.com.cn" : ".amazonaws.com");
}

std::optional<std::string> EndpointVariable(const std::string& service, const Surroundings& around) {
    if (auto own = around.variable("AWS_ENDPOINT_URL_" + service)) return own;
    return around.variable("AWS_ENDPOINT_URL");
}

std::string OriginOf(const std::string& endpoint, const std::string& name) {
    const auto url = ParseUrl(endpoint);
    const bool bare = url && (url->path.empty() || url->path == "/") && url->query.empty();
    if (!bare) throw ConfigError(name + " is not http:// or https:// with a host and no path: correct it");
    return LowerCase(url->origin);
}

}  // namespace

Settings ReadSettings(const Config& config, const Service& service, const Surroundings& surroundings) {
    Settings out;
    out.region = RegionOf(config, service, surroundings);
    const std::string option = config.str("/endpoint", "");
    const auto variable = EndpointVariable(service.variable, surroundings);
    if (!option.empty()) {
        out.origin = OriginOf(option, "endpoint");
    } else if (!service.origin.empty()) {
        out.origin = LowerCase(service.origin);
    } else if (variable) {
        out.origin = OriginOf(*variable, "AWS_ENDPOINT_URL_" + service.variable + " (or AWS_ENDPOINT_URL)");
    } else {
        out.origin = UsualOrigin(service.host_prefix, out.region);
    }
    out.host = ParseUrl(out.origin).value().authority;
    const auto sts = EndpointVariable("STS", surroundings);
    out.sts.url =
        (sts ? OriginOf(*sts, "AWS_ENDPOINT_URL_STS (or AWS_ENDPOINT_URL)") : UsualOrigin("sts", out.region)) + '/';
    out.sts.region = out.region;
    return out;
}

Wanted ReadWanted(const Config& config) {
    Wanted out;
    const auto id = config.find_secret("/access_key_id");
    const auto secret = config.find_secret("/secret_access_key");
    const auto token = config.find_secret("/session_token");
    if (id.has_value() != secret.has_value()) {
        throw ConfigError("access_key_id and secret_access_key go together: set both or none");
    }
    if (token && !id) throw ConfigError("session_token is set without access_key_id: set both or none");
    if (id) {
        out.keys = std::make_shared<Keys>(std::string(Trim(id->reveal())), std::string(Trim(secret->reveal())),
                                          std::string(token ? Trim(token->reveal()) : std::string_view()));
    }
    out.profile = config.str("/profile", "");
    out.role = {config.str("/role_arn", ""), config.str("/role_session_name", ""), config.str("/external_id", "")};
    return out;
}

}  // namespace fanfare::plugins::aws
