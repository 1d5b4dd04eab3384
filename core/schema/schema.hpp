// JSON Schema (drafts 4, 6, 7), parsed by Debian's valijson: checks options of plugins and what strangers sent.
//
// A check is linear in the size of the value and bounded in memory; it ends with a violation where the schema would ask
// for more. "pattern" is ECMA 262 without look-around and back-references, which Compile refuses. "format" is checked
// in data where it is date, date-time, time, uuid, ipv4 or ipv6, and is else a note for the reader, except
// "fanfare-secret".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"

namespace fanfare::schema {

enum class Subject {
    // Of a plugin. {file=}, {env=} or {credential=} stands for a string where the schema says "format":
    // "fanfare-secret". What a secret must look like (pattern, length) is not checked here but by the plugin: its value
    // need not stand in the configuration.
    kOptions,
    // Of a stranger: the body of a request.
    kData,
};

struct Violation {
    std::string pointer;  // RFC 6901, of the value at fault; for an unknown or missing member, with its name
    std::string message;  // one line, in an operator's words
    std::string hint;     // "did you mean 'method'?", or empty
};

// Threads: immutable after Compile; safe from every thread.
class Schema {
public:
    // Errors: kConfig, if `text` is not a JSON Schema.
    static base::Result<std::unique_ptr<const Schema>> Compile(std::string_view text,
                                                               Subject subject = Subject::kOptions);
    virtual ~Schema() = default;
    // Every violation, up to 100; none shows a value. Pointers of over 1 KiB are cut.
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
