// The JSON Schema (draft-07) of the whole configuration, options of the installed plugins included, for editors that
// complete and check TOML by it.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"

namespace fanfare::app {

struct PluginOptions {
    std::string name;
    std::string description;
    json::Value schema;  // of its options, as the plugin states it
};

// The schema of the configuration with that of each plugin under "if plugin is ...". Pure. Where a plugin wants a
// secret, the sources of secrets are allowed too. Destinations of other plugins take any option.
json::Value EditorSchema(const std::vector<PluginOptions>& plugins);

struct DescribedConfiguration {
    json::Value schema;
    std::vector<std::string> left_out;  // plugins that cannot be loaded: a sentence each
};

// For the plugins that lie where the [plugins] section of `file` says, or where its default says if there is no such
// file. What else may be wrong with the file is no matter here. Loads them all. Errors: kInternal.
base::Result<DescribedConfiguration> DescribeConfiguration(const std::string& file);

}  // namespace fanfare::app
