// Short ways to decode in tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "ingest/decode.hpp"

namespace fanfare::ingest {

struct Post {
    std::vector<NamedValue> headers;
    std::string body;
    std::string realm_in_path = "";
    DecodeLimits limits = {};
};

inline Decoded Send(const Post& post) {
    return Decode({post.realm_in_path, post.headers, post.body, base::Time(base::Duration(1'700'000'000'000'000))},
                  post.limits);
}

inline model::Envelope Only(const Post& post) {
    Decoded decoded = Send(post);
    EXPECT_FALSE(decoded.refusal) << decoded.refusal->error.message;
    EXPECT_EQ(decoded.events.size(), 1u);
    return decoded.events.empty() ? model::Envelope{} : decoded.events.front();
}

// "pointer: message" of each fault, one per line, behind the HTTP status.
inline std::string Faults(const Post& post) {
    const Decoded decoded = Send(post);
    if (!decoded.refusal) return "accepted";
    EXPECT_TRUE(decoded.events.empty());
    std::string out = std::to_string(base::HttpStatus(decoded.refusal->error.code));
    for (const model::Fault& fault : decoded.refusal->faults) out += "\n" + fault.pointer + ": " + fault.message;
    return out;
}

// The status and the pointers, which most tests are about.
inline std::string Pointers(const Post& post) {
    const Decoded decoded = Send(post);
    if (!decoded.refusal) return "accepted";
    std::string out = std::to_string(base::HttpStatus(decoded.refusal->error.code));
    for (const model::Fault& fault : decoded.refusal->faults) {
        out += " " + (fault.pointer.empty() ? "body" : fault.pointer);
    }
    return out;
}

inline std::string Sample(const std::string& name) {
    std::ifstream file(FANFARE_SAMPLES "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline const std::vector<std::string> kSamples = {"change-create.json", "change-delete.json", "change-update.json",
                                                  "gadz-request.json"};

}  // namespace fanfare::ingest
