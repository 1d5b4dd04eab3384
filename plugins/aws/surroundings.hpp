// What a process knows of AWS from its surroundings: environment variables and files. A value, so that tests can give
// their own.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace fanfare::plugins::aws {

struct Surroundings {
    // nullopt: it is not set, or empty.
    std::function<std::optional<std::string>(const std::string& name)> variable;
    // The whole file; nullopt: it cannot be read, or is larger than 1 MiB. A leading "~/" is the HOME of the process.
    std::function<std::optional<std::string>(const std::string& path)> file;

    static Surroundings OfThisProcess();

    std::string Variable(const std::string& name) const { return variable(name).value_or(std::string()); }
};

}  // namespace fanfare::plugins::aws
