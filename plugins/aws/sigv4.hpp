// AWS Signature Version 4, in the Authorization header.
//
// Source: AWS General Reference, "Signing AWS API requests" (canonical request, string to sign, signing key); what the
// text leaves open is as botocore's SigV4Auth does it, which a test compares: the path is normalised and encoded once
// more, empty segments go, the query is sorted as it stands, white space in values collapses, fields of one name join.
//
// Threads: pure, safe from every thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fanfare/crypto.hpp>

#include "aws/keys.hpp"

namespace fanfare::plugins::aws {

struct Scope {
    std::string region;   // "eu-west-1"
    std::string service;  // "sqs"
};

// What is to be sent. The host header is left out: it follows from the url.
struct SignedRequest {
    std::string_view method;
    std::string_view url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string_view body;
};

// Adds x-amz-date, x-amz-security-token (with session credentials) and authorization to the headers. Every header that
// is there is signed but those that the way may change: expect, user-agent, x-amzn-trace-id.
// Errors: ConfigError if the url cannot be read.
void Sign(const Crypto& crypto, const Keys& keys, const Scope& scope, std::int64_t unix_s, SignedRequest& request);

}  // namespace fanfare::plugins::aws
