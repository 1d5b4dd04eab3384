// Short ways to compile and apply profiles in tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "profile/profile.hpp"

namespace fanfare::profile {

using Headers = std::map<std::string, std::string, std::less<>>;

inline Source Body(std::string pointer) { return {Place::kBody, std::move(pointer)}; }
inline Source Header(std::string name) { return {Place::kHeader, std::move(name)}; }
inline Source Value(std::string text) { return {Place::kValue, std::move(text)}; }

inline std::shared_ptr<const DataSchema> SchemaOf(std::string_view text) {
    auto schema = DataSchema::Compile(text);
    EXPECT_TRUE(schema) << schema.error().message;
    return schema ? *schema : nullptr;
}

inline Applied Apply(Spec spec, const std::string& body, const Headers& headers = {}) {
    const Profile::Compiled compiled = Profile::Compile(std::move(spec));
    const auto raw = json::Scan(body, {1000});
    if (!compiled.profile || !raw) {
        ADD_FAILURE() << (raw ? compiled.faults.front().message : raw.error().message);
        return {};
    }
    return compiled.profile->Apply(body, *raw, [&](std::string_view name) -> std::optional<std::string_view> {
        const auto found = headers.find(name);
        return found == headers.end() ? std::nullopt : std::optional<std::string_view>(found->second);
    });
}

// "pointer: message" of each violation, one a line.
inline std::string Violations(const Applied& applied) {
    std::string out;
    for (const model::Fault& fault : applied.violations) out += fault.pointer + ": " + fault.message + "\n";
    return out;
}

// Their pointers, in order.
inline std::string Pointers(const Applied& applied) {
    std::string out;
    for (const model::Fault& fault : applied.violations) out += (out.empty() ? "" : " ") + fault.pointer;
    return out;
}

inline std::string Contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}
inline std::string Sample(const std::string& name) { return Contents(FANFARE_SAMPLES "/" + name); }

inline std::string Replaced(std::string text, const std::string& what, const std::string& by) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

}  // namespace fanfare::profile
