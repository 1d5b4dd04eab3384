// The options that every plugin for AWS has, as members of "properties" in its JSON Schema.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace fanfare::plugins::aws {

inline constexpr std::string_view kOptions = R"json(
        "region": {
            "type": "string",
            "pattern": "^[a-z0-9-]{1,64}$",
            "description": "AWS Region. Default: that of the environment (AWS_REGION, AWS_DEFAULT_REGION) or of the profile; with 'profile' set, that profile's only.",
            "examples": ["eu-west-1"]
        },
        "endpoint": {
            "type": "string",
            "maxLength": 2048,
            "description": "Where to send requests instead of the service's own address: http or https, host and port. For emulators and VPC endpoints. Also AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_SESV2, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL of the environment.",
            "examples": ["http://127.0.0.1:4566"]
        },
        "profile": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "description": "Profile of the shared credentials and config files (~/.aws) to take credentials and Region from; set here, it comes before keys in the environment. Default: AWS_PROFILE, or default."
        },
        "access_key_id": {
            "type": "string", "format": "fanfare-secret", "writeOnly": true,
            "description": "Access key. Without one, credentials are found as AWS tools do: environment, web identity, shared files, container, instance metadata."
        },
        "secret_access_key": {
            "type": "string", "format": "fanfare-secret", "writeOnly": true,
            "description": "Secret of the access key. Both are read at each request, so they can be rotated."
        },
        "session_token": {
            "type": "string", "format": "fanfare-secret", "writeOnly": true,
            "description": "Session token, if the access key is a temporary one. Nobody renews it: once it has expired, deliveries are tried again until there is another."
        },
        "role_arn": {
            "type": "string",
            "pattern": "^arn:",
            "maxLength": 2048,
            "description": "Role to take (STS AssumeRole) with the credentials that are found.",
            "examples": ["arn:aws:iam::123456789012:role/fanfare"]
        },
        "role_session_name": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_=,.@-]{2,64}$",
            "default": "fanfare",
            "description": "Name of the session in that role, as CloudTrail shows it."
        },
        "external_id": {
            "type": "string",
            "minLength": 2,
            "maxLength": 1224,
            "description": "External id that the role's trust policy asks for."
        })json";

// One text of three, made by the compiler: what a plugin is stands in its library as a constant.
template <std::size_t Size>
constexpr std::array<char, Size> Join(std::string_view head, std::string_view middle, std::string_view tail) {
    std::array<char, Size> out = {};
    std::size_t at = 0;
    for (const std::string_view part : {head, middle, tail}) {
        for (const char c : part) out[at++] = c;
    }
    return out;
}

}  // namespace fanfare::plugins::aws
