// A plugin project for its author, from the files of sdk/templates.
//
// They are compiled into the command, and so are always those of its version; a machine with the daemon alone can
// start a project, and only to build it needs the package fanfare-dev.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace fanfare::cli {

struct ProjectFile {
    std::string path;  // below the project's directory
    std::string text;
    bool is_program = false;
};

struct ProjectOptions {
    std::string name;
    std::string lang = "cpp";   // or "c"
    std::string kind = "http";  // or "blocking"
};

// Errors: kInvalid if one of the options is none.
base::Result<std::vector<ProjectFile>> MakeProject(const ProjectOptions& options);

struct ProjectTemplate {
    std::string_view path;  // "common/ci": the part of the project it is for, and its path there
    std::string_view text;
};

// All of sdk/templates, and the licence; made by the build.
std::span<const ProjectTemplate> ProjectTemplates();

}  // namespace fanfare::cli
