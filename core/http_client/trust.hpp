// The certificate authorities that are trusted: the system's, and those of a file of the operator's.
#pragma once

#include <curl/curl.h>

#include <string>

#include "base/result.hpp"

namespace fanfare::http_client {

class Trust {
public:
    // ca_file: PEM, empty for none. Errors: kConfig, kIo.
    static base::Result<Trust> Load(const std::string& ca_file);

    // Of the operator's file as it was read; empty without one.
    const std::string& digest() const { return digest_; }

    // The handle may refer to this object as long as it lives.
    void Apply(CURL* handle) const;

private:
    void ApplyToProxy(CURL* handle) const;

    std::string file_;
    std::string folder_;
    std::string digest_;
    std::string both_;  // PEM, where the system has no folder that can stand beside a file
};

}  // namespace fanfare::http_client
