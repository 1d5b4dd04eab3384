// What a result means for the request, and the line for the operator. Results are named as by libcurl, also where it
// had no part in them.
// Source: libcurl 7.88, libcurl-errors(3).
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <string>
#include <string_view>

#include "http_client/check.hpp"
#include "http_client/client.hpp"
#include "http_client/proxy.hpp"

namespace fanfare::http_client {

struct Failure {
    CURLcode result = CURLE_OK;
    int sends = 0;                             // how often libcurl began to send the request; 0: not a byte of it left
    int system_error = 0;                      // errno of the connection, 0 if unknown
    std::string_view detail;                   // libcurl's own words
    std::chrono::milliseconds left{};          // time the request had
    std::chrono::milliseconds connect_left{};  // of it for the connection
    std::string_view denied;                   // what the network policy has against the address; empty: nothing
    const ProxyServer* proxy = nullptr;        // that the connection went to
    bool of_proxy = false;                     // it is the proxy's certificate that is at fault
    std::size_t waited_for = 0;                // no connection was begun, since so many were open already; 0: one was
};

// A request that died twice on kept connections is not sent a third time (client.hpp).
inline constexpr int kMaxSends = 2;

End EndOf(const Failure& failure);
// For what the network policy has against an address of the target.
std::string Denied(const Target& target, std::string_view why);
// One line, without control characters. Names the target, never path, query or header values.
std::string Describe(const Failure& failure, const Target& target);

}  // namespace fanfare::http_client
