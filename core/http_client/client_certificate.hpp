// What a far side that asks for a client certificate is shown.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace fanfare::http_client {

// All PEM: what libcurl takes as it is.
struct ClientCertificate {
    std::string chain;  // the certificate, and those of its issuers behind it; empty: there is none
    base::Secret key;
    base::Secret password;  // of the key; empty: it is not encrypted

    // Whether the parts are readable and belong together. Errors: kConfig, with what is wrong, without a subject.
    base::Status Check() const;
};

}  // namespace fanfare::http_client
