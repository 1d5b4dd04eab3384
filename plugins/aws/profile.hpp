// The shared files of AWS tools: ~/.aws/credentials and ~/.aws/config, or what AWS_SHARED_CREDENTIALS_FILE and
// AWS_CONFIG_FILE name.
// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files" (sections [name] in the one,
// [default] and [profile name] in the other; the credentials file wins).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "aws/surroundings.hpp"

namespace fanfare::plugins::aws {

using Profile = std::map<std::string, std::string>;  // names in lower case
using Profiles = std::map<std::string, Profile>;

// Adds the sections of one file; values that are there already are replaced. Lines that are none of it are passed over.
void AddProfiles(std::string_view text, bool is_config_file, Profiles& profiles);

Profiles ReadProfiles(const Surroundings& surroundings);

// The one that is meant where none is named: AWS_PROFILE, or "default".
std::string UsualProfile(const Surroundings& surroundings);

// Empty if it is absent.
std::string ValueOf(const Profiles& profiles, const std::string& profile, const std::string& name);

}  // namespace fanfare::plugins::aws
