// Options to try a plugin with: made from its schema or given by its author, and broken ones to see it refuse.
//
// Texts may hold @DIR@ (an empty directory that goes with the check), @HOST@ and @PORT@ (an address of loopback at which
// the check has whom it needs there: nobody, one who says nothing, one who hangs up). A text that is just "@PORT@" stands
// for a number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <fanfare/testing.hpp>

#include "json/value.hpp"
#include "schema/schema.hpp"

namespace fanfare::conformance {

// The required options, each from the first of: const, default, examples, enum, the first alternative, type and limits.
// An example that is an absolute path comes to lie in @DIR@; one that names a host of example.com (.net, .org; RFC 2606)
// and is no http address and no mail address comes to mean @HOST@:@PORT@.
json::Value DeriveOptions(const json::Value& schema);

bool NamesAddress(const json::Value& options);
json::Value FillPlaces(const json::Value& options, const std::string& directory, std::uint16_t port);

struct BrokenOptions {
    std::string what;  // "without 'url'", "with a table for 'url'", "with an option 'no_such_option'"
    json::Value options;
};
// What the schema is to refuse: each required option missing, each option of a wrong type, an unknown option.
std::vector<BrokenOptions> BreakOptions(const json::Value& schema, const json::Value& good);

// The texts of `options` that the schema marks as secret.
std::vector<std::string> SecretsIn(const schema::Schema& schema, const json::Value& options);
// As a plugin is to see them: defaults filled in, secrets apart.
void GiveOptions(const schema::Schema& schema, const json::Value& options, fanfare::testing::FakeHost& host);

// What the host makes of the options that hold a template, for any event: each tag is "kit".
fanfare::testing::Fields RenderTemplates(const schema::Schema& schema, const json::Value& options);

}  // namespace fanfare::conformance
