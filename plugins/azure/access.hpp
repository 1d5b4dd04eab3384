// Where a storage account's queue service is and by which secret it is used.
// Sources: learn.microsoft.com, "Configure Azure Storage connection strings" (its settings, the emulator's well-known
// account); rest/api/storageservices/authorize-with-shared-key (version 2015-02-21 and later, Queue service).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fanfare/crypto.hpp>
#include <fanfare/host.hpp>

namespace fanfare::plugins::azure {

// Read for each request: the secret may have been rotated. Wiped when it goes.
struct Access {
    std::string endpoint;  // without a slash at its end
    std::string account;
    std::string key;  // the bytes; empty: by `sas`
    std::string sas;  // a query without "?"

    Access() = default;
    Access(Access&&) = default;
    Access& operator=(Access&&) = delete;
    ~Access() {
        Secret::wipe(key.data(), key.size());
        Secret::wipe(sas.data(), sas.size());
    }
};

// Errors: ConfigError, which shows no secret.
Access ReadAccess(const Config& config);

// What a Shared Key signature covers. `headers`: those that begin with x-ms-, sorted; `query`: sorted, not encoded.
struct SignedRequest {
    std::string_view method;
    std::size_t content_length = 0;
    std::string_view content_type;
    std::string_view path;  // of the URL
    std::vector<std::pair<std::string_view, std::string_view>> headers;
    std::vector<std::pair<std::string_view, std::string_view>> query;
};

std::string StringToSign(const SignedRequest& request, std::string_view account);

// In base64.
std::string Signature(const SignedRequest& request, const Access& access, const Crypto& crypto);

}  // namespace fanfare::plugins::azure
