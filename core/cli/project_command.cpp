// Starts a plugin: writes the project into a new directory, or nothing at all.
#include <sysexits.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/api.hpp"
#include "cli/print.hpp"
#include "cli/project.hpp"

namespace fanfare::cli {
namespace {

namespace fs = std::filesystem;

base::Error CannotMake(const fs::path& path, const std::string& why) {
    return base::MakeError(base::Code::kIo, "cannot make " + path.string() + ": " + why);
}

base::Status WriteFile(const fs::path& path, const ProjectFile& file) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return CannotMake(path.parent_path(), error.message());
    std::ofstream out(path, std::ios::binary);
    out << file.text;
    out.close();
    if (!out) return CannotMake(path, std::strerror(errno));
    if (file.is_program) {
        const fs::perms run = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
        fs::permissions(path, run, fs::perm_options::add, error);
        if (error) return CannotMake(path, error.message());
    }
    return {};
}

// What was made of it before a failure is taken away: the next try would find a directory that is there already.
base::Status WriteProject(const fs::path& directory, const std::vector<ProjectFile>& files) {
    std::error_code error;
    if (!fs::create_directory(directory, error)) {
        if (error) return CannotMake(directory, error.message());
        return CannotMake(directory, "it is there already; nothing in it was touched: remove it, or say another --dir");
    }
    for (const ProjectFile& file : files) {
        base::Status written = WriteFile(directory / file.path, file);
        if (written) continue;
        fs::remove_all(directory, error);
        return written;
    }
    return {};
}

void PrintProject(const fs::path& directory, const std::vector<ProjectFile>& files, bool as_json) {
    if (as_json) {
        json::Value paths = json::Value::array();
        for (const ProjectFile& file : files) paths.push_back((directory / file.path).string());
        PrintLine({{"directory", directory.string()}, {"files", std::move(paths)}});
        return;
    }
    for (const ProjectFile& file : files) std::printf("%s\n", (directory / file.path).c_str());
    std::printf(
        "\nIt works as it is. To build, test and pack it: apt install fanfare-dev build-essential cmake file, then run "
        "%s\n",
        (directory / "ci").c_str());
}

}  // namespace

int RunPluginNew(const Arguments& arguments) {
    ProjectOptions options;
    options.name = arguments.positional[0];
    if (arguments.options.contains("lang")) options.lang = arguments.Get("lang");
    if (arguments.options.contains("kind")) options.kind = arguments.Get("kind");
    const auto files = MakeProject(options);
    if (!files) return Fail(EX_USAGE, files.error().message);
    const fs::path directory = arguments.options.contains("dir") ? arguments.Get("dir") : "./" + options.name;
    if (const base::Status written = WriteProject(directory, *files); !written)
        return Fail(EX_CANTCREAT, written.error().message);
    PrintProject(directory, *files, arguments.json);
    return EX_OK;
}

}  // namespace fanfare::cli
