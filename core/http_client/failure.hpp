// What a result of libcurl means for the request, and the line for the operator.
// Source: libcurl 7.88, libcurl-errors(3).
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <string>
#include <string_view>

#include "http_client/check.hpp"
#include "http_client/client.hpp"

namespace fanfare::http_client {

struct Failure {
    CURLcode result = CURLE_OK;
    int sends = 0;             // how often libcurl began to send the request; 0: not a byte of it left
    int system_error = 0;      // errno of the connection, 0 if unknown
    std::string_view detail;   // libcurl's own words
    std::chrono::milliseconds left{};  // time the request had
    std::chrono::milliseconds connect_left{};  // of it for the connection
};

// A request that died twice on kept connections is not sent a third time (client.hpp).
inline constexpr int kMaxSends = 2;

End EndOf(const Failure& failure);
// One line, without control characters. Names the target, never path, query or header values.
std::string Describe(const Failure& failure, const Target& target);

}  // namespace fanfare::http_client
