// JSON Schema (drafts 4, 6, 7) over Debian's valijson: checks options of plugins.
//
// Only for the operator's own configuration, never for what a stranger sent: "pattern" is std::regex, whose time and
// stack grow without bound on hostile text. "format" is a note for the reader, except "fanfare-secret". What a secret
// must look like (pattern, length) is not checked here but by the plugin: its value need not stand in the
// configuration.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"

namespace fanfare::schema {

struct Violation {
    std::string pointer;  // RFC 6901, of the value at fault; for an unknown or missing member, with its name
    std::string message;  // one line, in an operator's words
    std::string hint;     // "did you mean 'method'?", or empty
};

// Threads: immutable after Compile; safe from every thread.
class Schema {
public:
    // Errors: kConfig, if `text` is not a JSON Schema.
    static base::Result<std::unique_ptr<const Schema>> Compile(std::string_view text);
    virtual ~Schema() = default;
    // Every violation at once. A value of {file=}, {env=} or {credential=} stands for a string where the schema says
    // "format": "fanfare-secret".
    virtual std::vector<Violation> Check(const json::Value& instance) const = 0;
    // `instance` with "default" filled in for absent members.
    virtual json::Value WithDefaults(json::Value instance) const = 0;
    // Pointers of the values in `instance` that the schema marks "format": "fanfare-secret"; elements of lists one by
    // one.
    virtual std::vector<std::string> SecretPointers(const json::Value& instance) const = 0;
    // The strings in `instance` that the schema gives a "format" which starts with `prefix`: pointer and format.
    virtual std::vector<std::pair<std::string, std::string>> PointersOfFormat(const json::Value& instance,
                                                                              std::string_view prefix) const = 0;
    virtual const json::Value& document() const = 0;
};

}  // namespace fanfare::schema
