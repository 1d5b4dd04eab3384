// The options that every plugin for AWS has, and what they come to with the surroundings.
//
// Source: AWS SDKs and Tools Reference Guide, "AWS Region", "Service-specific endpoints" (AWS_ENDPOINT_URL_<SERVICE>
// before AWS_ENDPOINT_URL).
#pragma once

#include <string>
#include <string_view>

#include <fanfare/host.hpp>

#include "aws/fetch.hpp"
#include "aws/plan.hpp"
#include "aws/surroundings.hpp"

namespace fanfare::plugins::aws {

struct Settings {
    std::string region;
    std::string origin;  // "https://sqs.eu-west-1.amazonaws.com", in lower case, no path
    std::string host;    // of origin, with its port: for reasons
    Sts sts;
};

struct Service {
    std::string host_prefix;  // "sqs": sqs.<region>.amazonaws.com
    std::string variable;     // "SQS": AWS_ENDPOINT_URL_SQS
    // What else the operator said, for want of the options: "https://sqs.eu-west-1.amazonaws.com", "eu-west-1".
    std::string origin = {};
    std::string region = {};
};

// Errors: ConfigError (no Region, a bad endpoint).
Settings ReadSettings(const Config& config, const Service& service, const Surroundings& surroundings);

// Ask at each use: secrets are among them. Errors: ConfigError (half a key).
Wanted ReadWanted(const Config& config);

}  // namespace fanfare::plugins::aws
